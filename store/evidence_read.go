package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/checker"
)

// EvidenceRun is a run whose evidence is kept.
type EvidenceRun struct {
	Check   string          `json:"check"`
	Region  string          `json:"region"`
	At      time.Time       `json:"at"` // of the run, UTC
	Outcome checker.Outcome `json:"outcome"`
	Reason  string          `json:"reason,omitempty"`
	First   bool            `json:"first,omitempty"` // the first failure of a streak
	Size    int64           `json:"size"`            // bytes of all pieces
	Pieces  []EvidencePiece `json:"pieces"`

	series int64
}

// EvidencePiece is one piece of a run's evidence.
type EvidencePiece struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Size      int64  `json:"size"`
	Data      []byte `json:"data,omitempty"` // only where it was asked for
}

// EvidenceQuery says which runs of a check are asked for.
type EvidenceQuery struct {
	Check   string            `json:"check"`
	Region  string            `json:"region,omitempty"` // empty: all
	Since   time.Time         `json:"since,omitzero"`
	Until   time.Time         `json:"until,omitzero"`    // this moment included; zero: no end
	Outcome []checker.Outcome `json:"outcome,omitempty"` // none: all
	Most    int               `json:"most"`              // runs
}

const evidenceRunsSQL = `SELECT e.series, s.check_id, s.region, e.at, e.outcome, e.class, e.size, e.reason
FROM series s CROSS JOIN evidence_runs e ON e.series = s.id
WHERE s.check_id = ? AND (? = '' OR s.region = ?) AND e.at BETWEEN ? AND ? AND (? >> e.outcome) & 1 `

// EvidenceRuns gives the runs of a check whose evidence is kept, the newest
// first, without their data.
func (s *Store) EvidenceRuns(ctx context.Context, q EvidenceQuery) ([]EvidenceRun, error) {
	runs, err := s.evidenceRuns(ctx, "ORDER BY e.at DESC, e.outcome = 2 DESC, s.region LIMIT ?", append(q.args(q.Until), q.Most)...)
	if err != nil {
		return nil, fmt.Errorf("read the evidence of %s: %w", q.Check, explain(err))
	}
	return runs, nil
}

// args are what evidenceRunsSQL asks for.
func (q *EvidenceQuery) args(until time.Time) []any {
	wanted := 0
	for _, outcome := range q.Outcome {
		wanted |= 1 << outcomeNumbers[outcome]
	}
	if wanted == 0 {
		wanted = 1<<len(outcomeOf) - 1
	}
	var since int64
	if !q.Since.IsZero() {
		since = q.Since.UnixMilli()
	}
	return []any{q.Check, q.Region, q.Region, since, millisOr(until, 1<<62), wanted}
}

// millisOr is millis with another value for a zero time.
func millisOr(t time.Time, zero int64) int64 {
	if t.IsZero() {
		return zero
	}
	return t.UnixMilli()
}

func (s *Store) evidenceRuns(ctx context.Context, rest string, args ...any) ([]EvidenceRun, error) {
	runs, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (r EvidenceRun, err error) {
		var at int64
		var outcome, class int
		err = rows.Scan(&r.series, &r.Check, &r.Region, &at, &outcome, &class, &r.Size, &r.Reason)
		r.At, r.Outcome, r.First = time.UnixMilli(at).UTC(), outcomeOf[outcome&3], class == classFirst
		return r, err
	}, evidenceRunsSQL+rest, args...)
	if err != nil {
		return nil, err
	}
	for i := range runs {
		if err := s.addPieces(ctx, &runs[i], "length(data), NULL"); err != nil {
			return nil, err
		}
	}
	return runs, nil
}

// Evidence gives the newest run that a query finds, with its data, and of the
// same region the last success before it, where there is one. ErrNotFound
// where there is no such run.
func (s *Store) Evidence(ctx context.Context, q EvidenceQuery) (run, success *EvidenceRun, err error) {
	q.Most = 1
	found, err := s.EvidenceRuns(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	if len(found) == 0 {
		return nil, nil, ErrNotFound
	}
	before, err := s.EvidenceRuns(ctx, EvidenceQuery{
		Check: q.Check, Region: found[0].Region, Until: found[0].At.Add(-time.Millisecond), Outcome: []checker.Outcome{checker.OK}, Most: 1,
	})
	if err != nil {
		return nil, nil, err
	}
	for _, list := range [][]EvidenceRun{found, before} {
		for i := range list {
			if err := s.addPieces(ctx, &list[i], "length(data), data"); err != nil {
				return nil, nil, err
			}
		}
	}
	if len(before) > 0 {
		success = &before[0]
	}
	return &found[0], success, nil
}

// addPieces reads the pieces of a run's evidence.
func (s *Store) addPieces(ctx context.Context, r *EvidenceRun, columns string) (err error) {
	r.Pieces, err = collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (p EvidencePiece, err error) {
		return p, rows.Scan(&p.Name, &p.MediaType, &p.Size, &p.Data)
	}, "SELECT name, media_type, "+columns+" FROM evidence WHERE series = ? AND at = ? ORDER BY name", r.series, r.At.UnixMilli())
	if err != nil {
		return fmt.Errorf("read the evidence of %s in %s at %v: %w", r.Check, r.Region, r.At, explain(err))
	}
	return nil
}
