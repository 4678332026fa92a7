package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"

	"daymark/incident"
)

// saveReports writes what a decision holds of users' reports, and queues mail to
// those whom it answers.
func (t *Tx) saveReports(ctx context.Context, now time.Time, d *incident.Decision) error {
	for i := range d.Reports {
		r := &d.Reports[i]
		if _, err := t.exec(ctx, `INSERT INTO reports (id, component, at, text, contact, state, outcome, priority, about, incident, due, nudged, asks, changed,
			link, source, sender, language, began, added)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state, outcome = excluded.outcome,
			priority = excluded.priority, about = excluded.about, incident = excluded.incident, nudged = excluded.nudged, asks = excluded.asks, changed = excluded.changed, added = excluded.added`,
			r.ID, r.Component, r.At.UnixMilli(), r.Text, r.Contact, r.State, r.Outcome, r.Priority, r.Of, r.Incident, r.Due.UnixMilli(),
			millis(r.Nudged), r.Asks, r.Changed.UnixMilli(), r.Link, r.Source, r.Sender, r.Language, r.Began, r.Added); err != nil {
			return fmt.Errorf("save report %s: %w", r.ID, err)
		}
	}
	for i := range d.Answers {
		a := &d.Answers[i]
		if _, err := t.exec(ctx, `INSERT INTO answers (report, number, at, author, state, text, reporter)
			SELECT ?, 1 + count(*), ?, ?, ?, ?, ? FROM answers WHERE report = ?`, a.Report, a.At.UnixMilli(), a.By, a.State, a.Text, a.Reporter, a.Report); err != nil {
			return fmt.Errorf("save an answer to report %s: %w", a.Report, err)
		}
		if err := t.mailAnswer(ctx, a, now); err != nil {
			return fmt.Errorf("mail an answer to report %s: %w", a.Report, err)
		}
	}
	return nil
}

const reportColumns = "id, component, at, text, contact, state, outcome, priority, about, incident, due, nudged, asks, changed, link, source, sender, language, began, added, EXISTS (SELECT 1 FROM answers WHERE report = reports.id AND author <> '') FROM reports"

func scanReport(rows *sql.Rows) (r incident.Report, err error) {
	var at, due, nudged, changed sql.NullInt64
	err = rows.Scan(&r.ID, &r.Component, &at, &r.Text, &r.Contact, &r.State, &r.Outcome, &r.Priority, &r.Of, &r.Incident, &due, &nudged, &r.Asks, &changed,
		&r.Link, &r.Source, &r.Sender, &r.Language, &r.Began, &r.Added, &r.Answered)
	r.At, r.Due, r.Nudged, r.Changed = moment(at), moment(due), moment(nudged), moment(changed)
	return r, err
}

// loadReports reads the reports that wait, and those of late.
func (t *Tx) loadReports(ctx context.Context, state *incident.State, after time.Time) error {
	all, err := collect(ctx, t.query, scanReport, "SELECT "+reportColumns+" WHERE state <> 'closed' OR changed > ?", after.UnixMilli())
	if err != nil {
		return fmt.Errorf("read the reports: %w", err)
	}
	for i := range all {
		state.Reports[all[i].ID] = &all[i]
	}
	return nil
}

// ReportQuery says which reports of users are asked for.
type ReportQuery struct {
	All     bool      // those that are closed too
	After   time.Time // when the last one seen is due, or with All when it came; zero: from the beginning
	AfterID string    // of that one
	Most    int
}

// Reports gives the reports of users that wait, those that are due first
// standing first, or with All also those that are closed, the newest first.
func (s *Store) Reports(ctx context.Context, q ReportQuery) ([]incident.Report, error) {
	where, args := "state <> 'closed' AND (due, id) > (?, ?) ORDER BY due, id", []any{millisOr(q.After, 0), q.AfterID}
	if q.All {
		where, args = "(at < ? OR at = ? AND id > ?) ORDER BY at DESC, id", []any{millisOr(q.After, math.MaxInt64), millisOr(q.After, 0), q.AfterID}
	}
	found, err := collect(ctx, s.readers.QueryContext, scanReport, "SELECT "+reportColumns+" WHERE "+where+" LIMIT ?", append(args, q.Most)...)
	if err != nil {
		return nil, fmt.Errorf("read the reports: %w", explain(err))
	}
	return found, nil
}

// UserReport gives one report of a user; ErrNotFound where there is none.
func (s *Store) UserReport(ctx context.Context, id string) (*incident.Report, error) {
	found, err := collect(ctx, s.readers.QueryContext, scanReport, "SELECT "+reportColumns+" WHERE id = ?", id)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read report %s: %w", id, explain(err))
	case len(found) == 0:
		return nil, ErrNotFound
	}
	return &found[0], nil
}

// ReportsOf gives the reports of users that belong to an incident, oldest
// first.
func (s *Store) ReportsOf(ctx context.Context, inc string) ([]incident.Report, error) {
	found, err := collect(ctx, s.readers.QueryContext, scanReport, "SELECT "+reportColumns+" WHERE incident = ? ORDER BY at, id", inc)
	if err != nil {
		return nil, fmt.Errorf("read the reports of incident %s: %w", inc, explain(err))
	}
	return found, nil
}

// Answers gives what a reporter was told, oldest first.
func (s *Store) Answers(ctx context.Context, report string) ([]incident.Answer, error) {
	found, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (a incident.Answer, err error) {
		var at sql.NullInt64
		err = rows.Scan(&a.Report, &at, &a.By, &a.State, &a.Text, &a.Reporter)
		a.At = moment(at)
		return a, err
	}, "SELECT report, at, author, state, text, reporter FROM answers WHERE report = ? ORDER BY number", report)
	if err != nil {
		return nil, fmt.Errorf("read the answers to report %s: %w", report, explain(err))
	}
	return found, nil
}
