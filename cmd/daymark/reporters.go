package main

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"time"

	"daymark/access"
	"daymark/config"
	"daymark/incident"
	"daymark/internal/web"
	"daymark/notify"
	"daymark/statuspage"
	"daymark/store"
)

// byThePage names visitors in the audit trail.
const byThePage = "the page"

// reporters lets the page's visitors report problems.
type reporters struct {
	core  *core
	salt  string // of networks; gone with the process, so that none is found again
	mu    sync.Mutex
	limit statuspage.ReportLimit
}

func newReporters(c *core) *reporters { return &reporters{core: c, salt: rand.Text()} }

// mailsReports says whether visitors are mailed what they are answered.
func mailsReports(doc *config.Document) bool { return doc.Notify.Email.SMTP.Host != "" }

// reportLink gives the address at which mail leads to a report.
func reportLink(c *core, doc *config.Document) func(report string) string {
	return func(report string) string {
		return strings.TrimRight(doc.Page.URL, "/") + "/reports/" + notify.ReportToken(c.key, report)
	}
}

func (r *reporters) take(network string) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.limit.Take(network, r.core.now())
}

// File implements statuspage.Reports.
func (r *reporters) File(ctx context.Context, p statuspage.ProblemReport) (string, error) {
	network := web.AskerOf(p.From)
	if wait := r.take(network); wait > 0 {
		return "", &statuspage.TooMany{Wait: wait}
	}
	token := rand.Text() + rand.Text()[:8] // more than 128 bits, and nobody guesses them
	_, err := r.core.engine.Command(ctx, incident.By{Via: byThePage}, "", incident.PublicReport{
		FileReport: incident.FileReport{Component: p.Component, Text: p.Text, Contact: p.Contact},
		Began:      p.Began, Language: p.Language, Link: access.HashToken(token), Sender: access.HashToken(r.salt + network),
	})
	return token, busyIs(err)
}

// busyIs says in the page's words that no more is taken.
func busyIs(err error) error {
	if refusal, is := errors.AsType[*incident.Refusal](err); is && (refusal.Kind == incident.Conflict || refusal.Kind == incident.NotFound) {
		return statuspage.ErrBusy
	}
	return err
}

func (r *reporters) find(ctx context.Context, token string) (*incident.Report, error) {
	var found *incident.Report
	var err error
	if id, is := notify.ReportOfToken(r.core.key, token); is {
		found, err = r.core.store.ReportByMail(ctx, id, r.core.now())
	} else {
		found, err = r.core.store.ReportByLink(ctx, access.HashToken(token), r.core.now())
	}
	if errors.Is(err, store.ErrNotFound) {
		err = statuspage.ErrNoLink
	}
	return found, err
}

// Open implements statuspage.Reports.
func (r *reporters) Open(ctx context.Context, token string) (*statuspage.ReportStory, error) {
	found, err := r.find(ctx, token)
	if err != nil {
		return nil, err
	}
	answers, err := r.core.store.Answers(ctx, found.ID)
	return &statuspage.ReportStory{Report: *found, Answers: answers}, err
}

// Add implements statuspage.Reports.
func (r *reporters) Add(ctx context.Context, token, text string, works bool) error {
	found, err := r.find(ctx, token)
	if err != nil {
		return err
	}
	_, err = r.core.engine.Command(ctx, incident.By{Via: byThePage}, "", incident.AddToReport{Report: found.ID, Text: text, Works: works})
	return busyIs(err)
}

// Erase implements statuspage.Reports.
func (r *reporters) Erase(ctx context.Context, token string, all bool) error {
	found, err := r.find(ctx, token)
	if err != nil {
		return err
	}
	act := incident.Act{Actor: byThePage, Action: "report's contact erased", Object: found.ID}
	if all {
		act.Action = "report erased by its reporter"
	}
	return r.core.engine.Do(ctx, act, func(ctx context.Context, tx incident.Tx, now time.Time) error {
		if all {
			return tx.(*store.Tx).EraseReport(ctx, found.ID, now)
		}
		return tx.(*store.Tx).EraseReportContact(ctx, found.ID, now)
	})
}
