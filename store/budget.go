package store

import (
	"context"
	"database/sql"
	"fmt"
)

// SpendSMS counts segments of text messages against a day, as 2026-12-01,
// unless that would make more than most; then it answers false and counts
// nothing. A negative number gives back what was not used.
func (s *Store) SpendSMS(ctx context.Context, day string, segments, most int) (bool, error) {
	spent := false
	err := s.transact(ctx, func(ctx context.Context, t *Tx) error {
		if _, err := t.exec(ctx, "INSERT INTO sms_days (day, segments) VALUES (?, 0) ON CONFLICT DO NOTHING", day); err != nil {
			return err
		}
		done, err := t.exec(ctx, "UPDATE sms_days SET segments = max(0, segments + ?) WHERE day = ? AND segments + ? <= ?", segments, day, segments, most)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		spent = n == 1
		return err
	})
	if err != nil {
		return false, fmt.Errorf("count segments of text messages: %w", err)
	}
	return spent, nil
}

// SpentSMS gives the segments that a day has taken.
func (s *Store) SpentSMS(ctx context.Context, day string) (int, error) {
	found, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (n int, err error) { return n, rows.Scan(&n) },
		"SELECT segments FROM sms_days WHERE day = ?", day)
	if err != nil || len(found) == 0 {
		return 0, explain(err)
	}
	return found[0], nil
}
