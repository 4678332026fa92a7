package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"daymark/checker/browser"
	"daymark/incident"
	"daymark/internal/pause"
	"daymark/notify"
)

// SLA reports are mailed from this hour on, in the page's zone, on the first
// working day of a month; where the server was away then, for some days more.
const (
	slaMailHour  = 8
	slaMailFor   = 7 * 24 * time.Hour
	slaMailEvery = 10 * time.Minute

	slaPrintWithin = time.Minute // with the wait for the one before
)

// printPDF prints a document for the console, one at a time: a Chromium takes
// room.
func printPDF(a *app) func(ctx context.Context, document string) ([]byte, error) {
	turn := make(chan struct{}, 1)
	return func(ctx context.Context, document string) ([]byte, error) {
		select {
		case turn <- struct{}{}:
			defer func() { <-turn }()
			return browser.Print(ctx, browser.Options{Logger: a.log}, document)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// slaMailDue says when the report of the month before is mailed: the first
// working day of now's month, Monday to Friday and no holiday of the SLA.
func slaMailDue(sla *incident.SLA, zone *time.Location, now time.Time) time.Time {
	y, m, _ := now.In(zone).Date()
	for day := 1; ; day++ {
		at := time.Date(y, m, day, slaMailHour, 0, 0, 0, zone)
		free := at.Weekday() == time.Saturday || at.Weekday() == time.Sunday || slices.Contains(sla.Hours.Holidays, at.Format(time.DateOnly))
		if !free || day == 28 {
			return at
		}
	}
}

// mailSLAs mails reports when they are due, until ctx ends.
func (a *app) mailSLAs(ctx context.Context) {
	failed := false
	for {
		err := a.mailDueSLAs(ctx, a.now())
		if err != nil && ctx.Err() == nil && !failed {
			a.log.Error("SLA reports cannot be mailed; it is tried again every ten minutes", "error", err)
		}
		failed = err != nil
		if pause.For(ctx, slaMailEvery) != nil {
			return
		}
	}
}

// mailDueSLAs queues each report that is due now, to each address once.
func (a *app) mailDueSLAs(ctx context.Context, now time.Time) error {
	if !slices.Contains(waysOf(a.doc), "email") {
		return nil
	}
	for i := range a.doc.SLAs {
		sla := &a.doc.SLAs[i]
		due := slaMailDue(sla, a.zone, now)
		if len(sla.Report) == 0 || now.Before(due) || now.Sub(due) > slaMailFor {
			continue
		}
		if err := a.mailSLA(ctx, sla, monthBefore(now, a.zone), now); err != nil {
			return fmt.Errorf("report SLA %s: %w", sla.ID, err)
		}
	}
	return nil
}

// mailSLA queues the report of an SLA for a month to whom it was not yet.
func (a *app) mailSLA(ctx context.Context, sla *incident.SLA, month string, now time.Time) error {
	var notice *notify.Notice
	for _, address := range sla.Report {
		d := notify.Delivery{
			ID: fmt.Sprintf("sla-%s-%s-%x", sla.ID, month, sha256.Sum256([]byte(address)))[:len("sla-")+len(sla.ID)+1+len(month)+1+12], Channel: "email", Audience: notify.Staff,
			Created: now, Expires: now.Add(3 * 24 * time.Hour), Subscriber: notify.Subscriber{Address: address},
		}
		known, err := a.store.Queued(ctx, d.ID)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		if notice == nil {
			if notice, err = a.slaNotice(ctx, sla.ID, month, now); err != nil {
				return err
			}
		}
		d.Notice = notice
		if err := a.store.QueueNotice(ctx, &d, now); err != nil {
			return err
		}
		a.wakeSender()
	}
	return nil
}

// slaNotice says the report in words, and keeps its PDF, which goes with it.
func (a *app) slaNotice(ctx context.Context, sla, month string, now time.Time) (*notify.Notice, error) {
	report, err := a.api.DigestSLA(ctx, sla, month)
	if err != nil {
		return nil, err
	}
	key, link := "sla-"+sla+"-"+month, a.doc.Page.URL+report.Path
	if err := a.keepPDF(ctx, key, sla, month, now); err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		a.log.WarnContext(ctx, "the report of an SLA is mailed without its PDF", "sla", sla, "month", month, "error", err)
	}
	return &notify.Notice{
		Kind: notify.AlertNotice, Title: report.Title, Text: strings.Join(report.Paragraphs, "\n\n"), Key: key,
		Link: link, LinkText: "The report, also as PDF and CSV", Why: "You get this because the configuration names you (slas[].report).",
		Attach: &notify.Attach{
			Key: key, With: "The whole report is attached as PDF.", Without: "The PDF is not attached. It is here: " + link + "/pdf",
			Refused: "The mail server does not take the PDF, so it is not attached. It is here: " + link + "/pdf",
		},
	}, nil
}

// keepPDF has the report printed, within a bounded time, and keeps it.
func (a *app) keepPDF(ctx context.Context, key, sla, month string, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, slaPrintWithin)
	defer cancel()
	file, err := a.site.SLAFile(ctx, sla, month, "pdf")
	if err != nil {
		return err
	}
	return a.store.KeepAttachment(ctx, &notify.Attachment{Key: key, Name: file.Name, MediaType: file.MediaType, Data: file.Data}, now)
}
