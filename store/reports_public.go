package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"daymark/incident"
)

// ReportLinkKept is how long the link of a report opens, and its contact is
// kept, once the report is closed.
const ReportLinkKept = 90 * 24 * time.Hour

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

// EraseReportContact takes the contact out of a report.
func (t *Tx) EraseReportContact(ctx context.Context, id string) error {
	if _, err := t.exec(ctx, "UPDATE reports SET contact = '' WHERE id = ?", id); err != nil {
		return fmt.Errorf("erase the contact of report %s: %w", id, err)
	}
	return nil
}

// EraseReport takes all that its reporter wrote out of a report. That there
// was one stays, with what it was answered.
func (t *Tx) EraseReport(ctx context.Context, id string) error {
	_, report := t.exec(ctx, "UPDATE reports SET contact = '', text = '', began = '', sender = '' WHERE id = ?", id)
	_, added := t.exec(ctx, "UPDATE answers SET text = '' WHERE report = ? AND reporter <> 0", id)
	if err := errors.Join(report, added); err != nil {
		return fmt.Errorf("erase report %s: %w", id, err)
	}
	return nil
}

// SweepReports forgets the contact, the network and the link of reports that
// were closed long ago.
func (s *Store) SweepReports(ctx context.Context, now time.Time) error {
	err := s.transact(ctx, func(ctx context.Context, t *Tx) error {
		_, err := t.exec(ctx, `UPDATE reports SET contact = '', sender = '', link = '' WHERE id IN (SELECT id FROM reports
			WHERE state = 'closed' AND changed <= ? AND (contact <> '' OR sender <> '' OR link <> '') LIMIT ?)`, now.Add(-ReportLinkKept).UnixMilli(), sweepRows)
		return err
	})
	if err != nil {
		return fmt.Errorf("sweep reports: %w", err)
	}
	return nil
}
