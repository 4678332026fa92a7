package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"daymark/checker"
	"daymark/incident"
)

// RunQuery says which runs of a check are asked for.
type RunQuery struct {
	Check  string
	Region string // empty: all
	After  Place  // in their order, newest first and then by region; zero: from the newest on
	Most   int
}

const runColumns = "s.check_id, s.region, r.at, r.outcome, r.latency, r.detail, r.phases, r.struck IS NOT NULL"

func scanRun(rows *sql.Rows) (r checker.Result, err error) {
	var at, latency int64
	var outcome int
	var text sql.NullString
	var parts []byte
	var struck bool
	if err := rows.Scan(&r.Check, &r.Region, &at, &outcome, &latency, &text, &parts, &struck); err != nil {
		return r, err
	}
	r.At, r.Outcome, r.Latency = time.UnixMilli(at).UTC(), outcomeOf[outcome&3], time.Duration(latency)*time.Microsecond
	r.Attempts, r.Timings = readPhases(parts)
	if struck {
		defer func() { r.Reason = strings.TrimSpace("Struck out as a false alarm. " + r.Reason) }()
	}
	if !text.Valid {
		return r, nil
	}
	var d detail
	if err := json.Unmarshal([]byte(text.String), &d); err != nil {
		return r, fmt.Errorf("read what a run of %s found: %w", r.Check, err)
	}
	if d.Late > 0 {
		r.Started = r.At.Add(d.Late)
	}
	r.Reason, r.Duration, r.Attempts, r.Warnings, r.Timings, r.Expectations = d.Reason, d.Duration, d.Attempts, d.Warnings, d.Timings, d.Expectations
	return r, nil
}

// CheckRuns gives runs of a check that are kept, newest first and then by
// region: of one that went well only when, outcome, latency, attempts and
// parts are known. Started is that of one that began late, and else zero.
func (s *Store) CheckRuns(ctx context.Context, q RunQuery) ([]checker.Result, error) {
	until := millisOr(q.After.At, 1<<62)
	runs, err := collect(ctx, s.readers.QueryContext, scanRun, "SELECT "+runColumns+` FROM series s CROSS JOIN results r ON r.series = s.id
		WHERE s.check_id = ? AND (? = '' OR s.region = ?) AND r.at <= ? AND (r.at < ? OR s.region > ?) ORDER BY r.at DESC, s.region LIMIT ?`,
		q.Check, q.Region, q.Region, until, until, q.After.Region, q.Most)
	if err != nil {
		return nil, fmt.Errorf("read the runs of %s: %w", q.Check, explain(err))
	}
	return runs, nil
}

// LatestRuns gives the newest run of a check in each region, by region.
func (s *Store) LatestRuns(ctx context.Context, check string) ([]checker.Result, error) {
	runs, err := collect(ctx, s.readers.QueryContext, scanRun, "SELECT "+runColumns+` FROM series s CROSS JOIN results r ON r.series = s.id
		AND r.at = (SELECT max(at) FROM results WHERE series = s.id) WHERE s.check_id = ? ORDER BY s.region`, check)
	if err != nil {
		return nil, fmt.Errorf("read the latest runs of %s: %w", check, explain(err))
	}
	return runs, nil
}

// RunsBetween gives the runs of a check from one moment until another, by
// region and then oldest first, without what they said.
func (s *Store) RunsBetween(ctx context.Context, check string, from, until time.Time) ([]checker.Result, error) {
	runs, err := collect(ctx, s.readers.QueryContext, scanRun, `SELECT s.check_id, s.region, r.at, r.outcome, r.latency, NULL, r.phases, 0
		FROM series s CROSS JOIN results r ON r.series = s.id WHERE s.check_id = ? AND r.at >= ? AND r.at < ? ORDER BY s.region, r.at`,
		check, from.UnixMilli(), until.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read the runs of %s: %w", check, explain(err))
	}
	return runs, nil
}

// VerdictChanges gives what was said of a check, newest first.
func (s *Store) VerdictChanges(ctx context.Context, check string, most int) ([]incident.Verdict, error) {
	changes, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (v incident.Verdict, err error) {
		var since sql.NullInt64
		err = rows.Scan(&v.Check, &since, &v.Word, &v.Reason)
		v.Since = moment(since)
		return v, err
	}, "SELECT check_id, since, word, reason FROM verdict_changes WHERE check_id = ? ORDER BY since DESC LIMIT ?", check, most)
	if err != nil {
		return nil, fmt.Errorf("read the verdicts on %s: %w", check, explain(err))
	}
	return changes, nil
}

// saveVerdict writes what is said of a check from now on, beside what was.
func (t *Tx) saveVerdict(ctx context.Context, v *incident.Verdict) error {
	if _, err := t.exec(ctx, `INSERT INTO verdicts (check_id, word, since, reason) VALUES (?, ?, ?, ?)
		ON CONFLICT (check_id) DO UPDATE SET word = excluded.word, since = excluded.since, reason = excluded.reason`,
		v.Check, v.Word, v.Since.UnixMilli(), v.Reason); err != nil {
		return err
	}
	_, err := t.exec(ctx, `INSERT INTO verdict_changes (check_id, since, word, reason) VALUES (?, ?, ?, ?)
		ON CONFLICT (check_id, since) DO UPDATE SET word = excluded.word, reason = excluded.reason`,
		v.Check, v.Since.UnixMilli(), v.Word, v.Reason)
	return err
}

// Overrides gives the statuses that people set, by component.
func (s *Store) Overrides(ctx context.Context) (map[string]incident.Override, error) {
	all, err := overrides(ctx, s.readers.QueryContext)
	if err != nil {
		return nil, fmt.Errorf("read the statuses that were set: %w", explain(err))
	}
	by := make(map[string]incident.Override, len(all))
	for _, o := range all {
		by[o.Component] = o
	}
	return by, nil
}

// EvidencePiece gives one piece of what a run has seen, with its data, and how
// the run came out; ErrNotFound where there is none.
func (s *Store) EvidencePiece(ctx context.Context, run checker.Key, name string) (*EvidencePiece, checker.Outcome, error) {
	var p EvidencePiece
	var outcome int
	err := s.readers.QueryRowContext(ctx, `SELECT e.name, e.media_type, length(e.data), e.data, r.outcome FROM series s CROSS JOIN evidence e ON e.series = s.id
		JOIN evidence_runs r ON r.series = s.id AND r.at = e.at WHERE s.check_id = ? AND s.region = ? AND e.at = ? AND e.name = ?`,
		run.Check, run.Region, run.At, name).Scan(&p.Name, &p.MediaType, &p.Size, &p.Data, &outcome)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, "", ErrNotFound
	}
	if err != nil {
		return nil, "", fmt.Errorf("read evidence of %s: %w", run.Check, explain(err))
	}
	return &p, outcomeOf[outcome&3], nil
}
