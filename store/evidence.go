package store

import (
	"context"
	"database/sql"
	"time"

	"daymark/checker"
)

// The classes of runs that have evidence: the order in which they go when
// there is no room.
const (
	classGood   = 0 // a success that another one followed
	classPoor   = 1 // degraded, or the agent could not tell
	classBad    = 2 // a repeated failure, or the success just before a streak of them
	classNewest = 3 // the newest success of its series
	classFirst  = 4 // the first failure of a streak
)

// mostAgo bounds how long before a result the last success can have been that
// came with it: a check may run once a year.
const mostAgo = 400 * 24 * time.Hour

// addEvidence keeps the evidence that came with a new result. The last success
// before it stands by itself, as if its own result had brought it.
func (t *Tx) addEvidence(ctx context.Context, series int64, r *checker.Result) error {
	if len(r.Evidence) == 0 {
		return nil
	}
	var own []checker.Evidence
	before := map[time.Time][]checker.Evidence{}
	for _, piece := range r.Evidence {
		at, name, ok := piece.LastSuccess()
		if !ok || !at.Before(r.At) || r.At.Sub(at) > mostAgo {
			own = append(own, piece)
			continue
		}
		piece.Name = name
		before[at] = append(before[at], piece)
	}
	for at, pieces := range before {
		if err := t.addEvidenceRun(ctx, series, &checker.Result{At: at, Outcome: checker.OK, Evidence: pieces}); err != nil {
			return err
		}
	}
	if len(own) == 0 {
		return nil
	}
	return t.addEvidenceRun(ctx, series, &checker.Result{At: r.At, Outcome: r.Outcome, Reason: r.Reason, Evidence: own})
}

// addEvidenceRun keeps the evidence of one run; a second time changes nothing.
func (t *Tx) addEvidenceRun(ctx context.Context, series int64, r *checker.Result) error {
	at, size := r.At.UnixMilli(), 0
	for _, piece := range r.Evidence {
		size += len(piece.Data)
	}
	class, err := t.classOf(ctx, series, at, r.Outcome)
	if err != nil {
		return err
	}
	done, err := t.exec(ctx, "INSERT INTO evidence_runs (series, at, outcome, class, size, reason) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		series, at, outcomeNumbers[r.Outcome], class, size, r.Reason)
	if err != nil {
		return err
	}
	if added, err := done.RowsAffected(); err != nil || added == 0 {
		return err
	}
	for _, piece := range r.Evidence {
		data := piece.Data
		if data == nil {
			data = []byte{} // an empty file; NULL would be refused
		}
		if _, err := t.exec(ctx, "INSERT INTO evidence (series, at, name, media_type, data) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			series, at, piece.Name, piece.MediaType, data); err != nil {
			return err
		}
	}
	if class != classFirst && r.Outcome != checker.OK {
		return nil
	}
	return t.classAgain(ctx, series, at)
}

func (t *Tx) classOf(ctx context.Context, series, at int64, outcome checker.Outcome) (int, error) {
	switch outcome {
	case checker.OK:
		return t.classOfSuccess(ctx, series, at)
	case checker.Failed:
		return t.classOfFailure(ctx, series, at)
	}
	return classPoor, nil
}

// classOfFailure finds whether a failure is the first of its streak to have
// evidence: since the one before it, the check has worked.
func (t *Tx) classOfFailure(ctx context.Context, series, at int64) (int, error) {
	last, err := t.number(ctx, "SELECT max(at) FROM evidence_runs WHERE series = ? AND at < ? AND outcome = 2", series, at)
	if err != nil {
		return 0, err
	}
	if !last.Valid {
		return classFirst, nil
	}
	worked, err := t.number(ctx, "SELECT at FROM results WHERE series = ? AND at > ? AND at < ? AND outcome < 2 LIMIT 1", series, last.Int64, at)
	if err != nil || !worked.Valid {
		return classBad, err
	}
	return classFirst, nil
}

// classOfSuccess looks at what followed a success.
func (t *Tx) classOfSuccess(ctx context.Context, series, at int64) (int, error) {
	next, err := t.number(ctx, "SELECT min(at) FROM evidence_runs WHERE series = ? AND at > ? AND outcome = 0", series, at)
	if err != nil {
		return 0, err
	}
	if !next.Valid {
		return classNewest, nil
	}
	failure, err := t.number(ctx, "SELECT at FROM evidence_runs WHERE series = ? AND at > ? AND at < ? AND +class = ? LIMIT 1", series, at, next.Int64, classFirst)
	if err != nil || !failure.Valid {
		return classGood, err
	}
	return classBad, nil
}

// classAgain classes the success before a run that was added: it may be the
// newest no more, or have become one to compare with.
func (t *Tx) classAgain(ctx context.Context, series, at int64) error {
	last, err := t.number(ctx, "SELECT max(at) FROM evidence_runs WHERE series = ? AND at < ? AND outcome = 0", series, at)
	if err != nil || !last.Valid {
		return err
	}
	class, err := t.classOfSuccess(ctx, series, last.Int64)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, "UPDATE evidence_runs SET class = ? WHERE series = ? AND at = ?", class, series, last.Int64)
	return err
}

// number reads the one number of a query; not valid where there is none.
func (t *Tx) number(ctx context.Context, query string, args ...any) (sql.NullInt64, error) {
	all, err := collect(ctx, t.query, func(rows *sql.Rows) (n sql.NullInt64, err error) { return n, rows.Scan(&n) }, query, args...)
	if err != nil || len(all) == 0 {
		return sql.NullInt64{}, err
	}
	return all[0], nil
}
