package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/incident"
)

// Strike lets the runs of a check in a time that failed or were degraded count
// as such that could not tell, corrects their rollups, and gives how many there
// were; those that come late follow. It refuses where there is none.
func (t *Tx) Strike(ctx context.Context, s *incident.Strike) error {
	scope := strikeScope{id: s.ID, check: s.Check, region: s.Region, from: s.From.UnixMilli(), until: s.Until.UnixMilli(), degraded: true}
	found, err := t.toStrike(ctx, &scope, strikeMost+1)
	if err != nil {
		return err
	}
	switch {
	case len(found) == 0:
		return &incident.Refusal{Kind: incident.Conflict, Text: "no run of that time is kept that failed or was degraded and is not struck out already"}
	case len(found) > strikeMost:
		return &incident.Refusal{Kind: incident.Invalid, Text: fmt.Sprintf("more than %d runs of that time failed or were degraded: choose a shorter one", strikeMost)}
	}
	deltas, err := t.strikeRuns(ctx, &scope, found)
	if err != nil {
		return err
	}
	text, err := encode(deltas)
	if err != nil {
		return err
	}
	s.Runs, t.store.series.strikes = len(found), nil
	_, err = t.exec(ctx, "INSERT INTO strikes (id, check_id, component, region, since, until, reason, author, made, runs, deltas, degraded) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
		s.ID, s.Check, s.Component, s.Region, scope.from, scope.until, s.Reason, s.By, s.Made.UnixMilli(), s.Runs, text)
	return err
}

// Unstrike undoes a strike: its runs are what they were, but for those that another
// one takes.
func (t *Tx) Unstrike(ctx context.Context, now time.Time, id, by string) (incident.Strike, error) {
	found, err := strikes(ctx, t.query, "id = ?", id)
	if err != nil {
		return incident.Strike{}, err
	}
	switch {
	case len(found) == 0:
		return incident.Strike{}, &incident.Refusal{Kind: incident.NotFound, Text: fmt.Sprintf("there is no false alarm %q that was struck out", id)}
	case !found[0].Undone.IsZero():
		return incident.Strike{}, &incident.Refusal{Kind: incident.Conflict, Text: "that was undone already"}
	}
	s := found[0]
	deltas, err := t.strikeDeltas(ctx, id)
	if err != nil {
		return s, err
	}
	_, err = collect(ctx, t.query, func(rows *sql.Rows) (_ struct{}, err error) {
		l := latestRun{Series: incident.Series{Check: s.Check}}
		err = rows.Scan(&l.Region, &l.at, &l.outcome)
		t.job.latest = append(t.job.latest, l)
		return struct{}{}, err
	}, `SELECT s.region, r.at, coalesce(r.was, 2) FROM series s CROSS JOIN results r ON r.series = s.id AND r.at = (SELECT max(at) FROM results WHERE series = s.id) WHERE s.check_id = ? AND r.struck = ?`, s.Check, id)
	if err != nil {
		return s, err
	}
	if _, err := t.exec(ctx, "UPDATE results SET outcome = coalesce(was, 2), struck = NULL, was = NULL WHERE series IN (SELECT id FROM series WHERE check_id = ?) AND at >= ? AND at < ? AND struck = ?",
		s.Check, s.From.UnixMilli(), s.Until.UnixMilli(), id); err != nil {
		return s, err
	}
	if err := t.correct(ctx, deltas, -1); err != nil {
		return s, err
	}
	s.Undone, s.UndoneBy = now, by
	if _, err := t.exec(ctx, "UPDATE strikes SET undone = ?, undone_by = ? WHERE id = ?", now.UnixMilli(), by, id); err != nil {
		return s, err
	}
	t.store.series.strikes = nil
	return s, t.strikeAgain(ctx, &s)
}

// Strikes gives the false alarms of a check that were struck out, those that
// were undone included, the latest first.
func (s *Store) Strikes(ctx context.Context, check string, most int) ([]incident.Strike, error) {
	all, err := strikes(ctx, s.readers.QueryContext, "check_id = ? ORDER BY made DESC, id LIMIT ?", check, most)
	if err != nil {
		return nil, fmt.Errorf("read the false alarms of %s: %w", check, explain(err))
	}
	return all, nil
}

func strikes(ctx context.Context, query querier, where string, args ...any) ([]incident.Strike, error) {
	return collect(ctx, query, func(rows *sql.Rows) (s incident.Strike, err error) {
		var since, until, made, undone sql.NullInt64
		err = rows.Scan(&s.ID, &s.Check, &s.Component, &s.Region, &since, &until, &s.Reason, &s.By, &made, &s.Runs, &undone, &s.UndoneBy)
		s.From, s.Until, s.Made, s.Undone = moment(since), moment(until), moment(made), moment(undone)
		return s, err
	}, "SELECT id, check_id, component, region, since, until, reason, author, made, runs, undone, undone_by FROM strikes WHERE "+where, args...)
}
