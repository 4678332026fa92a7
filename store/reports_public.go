package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"daymark/incident"
)

// ReportLinkKept is how long the link of a report opens, and its contact is
// kept, once the report is closed.
const ReportLinkKept = 90 * 24 * time.Hour

// ReportByMail gives the report that the link of a mail opens, as long as its
// reporter's own link opens it.
func (s *Store) ReportByMail(ctx context.Context, id string, now time.Time) (*incident.Report, error) {
	found, err := s.UserReport(ctx, id)
	if err == nil && (found.Link == "" || found.State == incident.Closed && now.Sub(found.Changed) >= ReportLinkKept) {
		return nil, ErrNotFound
	}
	return found, err
}

// ReportByLink gives the report that a link's hash opens; ErrNotFound where it
// opens none, or none any more.
func (s *Store) ReportByLink(ctx context.Context, hash string, now time.Time) (*incident.Report, error) {
	found, err := collect(ctx, s.readers.QueryContext, scanReport,
		"SELECT "+reportColumns+" WHERE link = ? AND link <> '' AND (state <> 'closed' OR changed > ?)", hash, now.Add(-ReportLinkKept).UnixMilli())
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the report of a link: %w", explain(err))
	case len(found) == 0:
		return nil, ErrNotFound
	}
	return &found[0], nil
}

// EraseReportContact takes the contact out of a report. No more mail goes there.
func (t *Tx) EraseReportContact(ctx context.Context, id string, now time.Time) error {
	if _, err := t.exec(ctx, "UPDATE reports SET contact = '' WHERE id = ?", id); err != nil {
		return fmt.Errorf("erase the contact of report %s: %w", id, err)
	}
	return t.forgetReportMail(ctx, id, now)
}

// EraseReport takes all that its reporter wrote out of a report. That there
// was one stays, with what it was answered.
func (t *Tx) EraseReport(ctx context.Context, id string, now time.Time) error {
	_, report := t.exec(ctx, "UPDATE reports SET contact = '', text = '', began = '', sender = '' WHERE id = ?", id)
	_, added := t.exec(ctx, "UPDATE answers SET text = '' WHERE report = ? AND reporter <> 0", id)
	if err := errors.Join(report, added); err != nil {
		return fmt.Errorf("erase report %s: %w", id, err)
	}
	return t.forgetReportMail(ctx, id, now)
}

// SweepReports forgets the contact, the network and the link of reports that
// were closed long ago.
func (s *Store) SweepReports(ctx context.Context, now time.Time) error {
	err := s.transact(ctx, func(ctx context.Context, t *Tx) error {
		old, err := collect(ctx, t.query, func(rows *sql.Rows) (id string, err error) { return id, rows.Scan(&id) },
			"SELECT id FROM reports WHERE state = 'closed' AND changed <= ? AND (contact <> '' OR sender <> '' OR link <> '') LIMIT ?",
			now.Add(-ReportLinkKept).UnixMilli(), sweepRows)
		if err != nil {
			return err
		}
		for _, id := range old {
			if _, err := t.exec(ctx, "UPDATE reports SET contact = '', sender = '', link = '' WHERE id = ?", id); err != nil {
				return err
			}
			if err := t.forgetReportMail(ctx, id, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("sweep reports: %w", err)
	}
	return nil
}
