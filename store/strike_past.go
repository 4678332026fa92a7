package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/incident"
)

// badTimes are the changes of a component, as spans wants them.
const badTimes = "SELECT at, status IN ('degraded_performance', 'partial_outage', 'major_outage') FROM component_changes WHERE component = ? ORDER BY at"

// past gives what is needed to know what a strike changes: the runs of a check
// around it, the bad times of its component that touch it, and those of the
// component's other checks, without what strikes make unfounded of them.
func (t *Tx) past(ctx context.Context, policy *incident.Policy, s *incident.Strike, now time.Time) (runs []incident.PastRun, bad, ofOthers []incident.Span, err error) {
	reach := policy.StrikeReach(s.Check)
	from, until := s.From.Add(-reach), s.Until.Add(reach)
	bad, err = t.spans(ctx, badTimes, s.Component, s.From, s.Until, now)
	if err != nil {
		return nil, nil, nil, err
	}
	for _, span := range bad {
		if span.From.Add(-reach).Before(from) {
			from = span.From.Add(-reach)
		}
		if span.Until.After(until) {
			until = span.Until
		}
	}
	for _, check := range policy.ChecksBeside(s.Check) {
		found, err := t.spans(ctx, "SELECT since, word IN ('degraded', 'down') FROM verdict_changes WHERE check_id = ? ORDER BY since", check, from, until, now)
		if err != nil {
			return nil, nil, nil, err
		}
		if found, err = t.founded(ctx, policy, check, found); err != nil {
			return nil, nil, nil, err
		}
		ofOthers = append(ofOthers, found...)
	}
	runs, err = t.pastRuns(ctx, s.Check, from, until)
	return runs, bad, ofOthers, err
}

// founded gives what is left of the bad times of a check without what its
// strikes in force make unfounded.
func (t *Tx) founded(ctx context.Context, policy *incident.Policy, check string, bad []incident.Span) ([]incident.Span, error) {
	if len(bad) == 0 {
		return nil, nil
	}
	reach := policy.StrikeReach(check)
	from, until := bad[0].From.Add(-reach), bad[len(bad)-1].Until
	struck, err := collect(ctx, t.query, scanNumber, "SELECT count(*) FROM strikes WHERE check_id = ? AND undone IS NULL AND since < ? AND until > ?", check, until.UnixMilli(), from.UnixMilli())
	if err != nil || struck[0] == 0 {
		return bad, err
	}
	runs, err := t.pastRuns(ctx, check, from, until)
	if err != nil {
		return nil, err
	}
	unfounded := policy.Unfounded(check, runs, bad, nil)
	var left []incident.Span
	for _, span := range bad {
		left = append(left, span.Without(unfounded)...)
	}
	return left, nil
}

// pastRuns reads the runs of a check in a time, in its order.
func (t *Tx) pastRuns(ctx context.Context, check string, from, until time.Time) ([]incident.PastRun, error) {
	return collect(ctx, t.query, func(rows *sql.Rows) (r incident.PastRun, err error) {
		var at int64
		var outcome, was int
		err = rows.Scan(&r.Region, &at, &outcome, &was)
		r.At, r.Outcome, r.Was = time.UnixMilli(at).UTC(), outcomeOf[outcome&3], outcomeOf[was&3]
		return r, err
	}, `SELECT s.region, r.at, r.outcome, CASE WHEN r.struck IS NULL THEN r.outcome ELSE coalesce(r.was, 2) END FROM series s CROSS JOIN results r ON r.series = s.id
		WHERE s.check_id = ? AND r.at >= ? AND r.at < ? ORDER BY r.at, s.region LIMIT 200000`, check, from.UnixMilli(), until.UnixMilli())
}

// spans gives the bad times among changes that touch a time.
func (t *Tx) spans(ctx context.Context, query, of string, from, until, now time.Time) ([]incident.Span, error) {
	var all []incident.Span
	open := false
	_, err := collect(ctx, t.query, func(rows *sql.Rows) (struct{}, error) {
		var ms int64
		var bad bool
		if err := rows.Scan(&ms, &bad); err != nil {
			return struct{}{}, err
		}
		at := time.UnixMilli(ms).UTC()
		if open {
			all[len(all)-1].Until = at
		}
		if open = bad; bad {
			all = append(all, incident.Span{From: at, Until: now})
		}
		return struct{}{}, nil
	}, query, of)
	if err != nil {
		return nil, fmt.Errorf("read when %s was bad: %w", of, err)
	}
	kept := all[:0]
	for _, span := range all {
		if span.From.Before(until) && span.Until.After(from) {
			kept = append(kept, span)
		}
	}
	return kept, nil
}
