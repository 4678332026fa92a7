package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"daymark/config"
	"daymark/console"
	"daymark/incident"
	"daymark/internal/civil"
)

type slaCommands struct {
	Report slaReport `cmd:"" help:"Report an SLA for a month: availability, incidents, promises, reviews."`
}

// Help gives an example.
func (slaCommands) Help() string { return "Example: daymark sla report gold --month 2026-10" }

type slaReport struct {
	configFlag
	SLA    string `arg:"" help:"The SLA, by its id."`
	Month  string `help:"The month, such as 2026-10, in the page's zone; the one before this when left out." placeholder:"YYYY-MM"`
	Format string `help:"text, which is what is mailed, json, csv or pdf; pdf needs Chromium." enum:"text,json,csv,pdf" default:"text"`
	Out    string `help:"Write it to this file, which is not there yet; pdf needs it." type:"path" placeholder:"FILE"`
}

// Help gives an example.
func (slaReport) Help() string {
	return `The same figures as the page of the console, worked out anew. It works whether the server runs or not.

Example: daymark sla report gold --month 2026-10 --format pdf --out gold-2026-10.pdf`
}

// Run reports through the running server, or directly when none runs.
func (c *slaReport) Run(ctx context.Context, std streams, logging *logOptions) error {
	if c.Format == "pdf" && c.Out == "" {
		return usageError{errors.New("--format pdf needs --out: name the file to write")}
	}
	doc, err := loadConfig(c.Config)
	if err != nil {
		return tellFaults(std, err)
	}
	asked := slaAsked{SLA: c.SLA, Month: c.Month, Format: c.Format}
	body, err := json.Marshal(asked)
	if err != nil {
		return fmt.Errorf("write the question: %w", err)
	}
	write := func(to io.Writer) error {
		var report []byte
		err := callControl(ctx, doc.Server.Data, "/slas/report", body, &report)
		if errors.Is(err, errNoServer) {
			report, err = reportDirectly(ctx, doc, asked, std, logging)
		}
		if err != nil {
			return err
		}
		_, err = to.Write(report)
		return err
	}
	if c.Out == "" {
		return write(std.out)
	}
	return writeNamed(c.Out, write) // which refuses a file that is there before anything is printed
}

// reportDirectly has a server report that never starts.
func reportDirectly(ctx context.Context, doc *config.Document, asked slaAsked, std streams, logging *logOptions) (report []byte, err error) {
	a, err := newApp(ctx, doc, coreLogger(doc, std, logging))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.stop(context.WithoutCancel(ctx))) }()
	return (&operations{engine: a.engine, doc: doc, core: a.core, site: a.site}).reportSLA(ctx, asked)
}

// slaAsked says which report is wanted, in which form.
type slaAsked struct {
	SLA    string `json:"sla"`
	Month  string `json:"month"` // "": the one before now's
	Format string `json:"format"`
}

func (o *operations) reportSLA(ctx context.Context, asked slaAsked) ([]byte, error) {
	if !slices.ContainsFunc(o.doc.SLAs, func(s incident.SLA) bool { return s.ID == asked.SLA }) {
		var known []string
		for i := range o.doc.SLAs {
			known = append(known, o.doc.SLAs[i].ID)
		}
		if len(known) == 0 {
			return nil, usageError{errors.New("the configuration has no SLA: write one into slas")}
		}
		return nil, usageError{fmt.Errorf("there is no SLA %q in the configuration; it has %s", asked.SLA, strings.Join(known, ", "))}
	}
	if asked.Month == "" {
		asked.Month = monthBefore(o.core.now(), o.core.zone)
	}
	file, err := o.site.SLAFile(ctx, asked.SLA, asked.Month, asked.Format)
	if _, wrong := errors.AsType[*console.Fault](err); wrong {
		return nil, usageError{fmt.Errorf("--month: %q is no month that has begun: write year and month, such as 2026-11", asked.Month)}
	}
	if err != nil {
		return nil, fmt.Errorf("report SLA %s for %s: %w", asked.SLA, asked.Month, err)
	}
	return file.Data, nil
}

// monthBefore is the calendar month before that of a moment.
func monthBefore(now time.Time, zone *time.Location) string {
	y, m, _ := now.In(zone).Date()
	return civil.Date(y, m-1, 1, zone).Format("2006-01")
}

func controlSLAs(mux *http.ServeMux, o *operations) {
	mux.HandleFunc("POST /slas/report", question(o.reportSLA))
}
