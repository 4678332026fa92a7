package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/incident"
)

// Restore undoes a strike and corrects downtime. Those in force that were made
// while it was may have taken what is unfounded by both of them alone: what
// they take is worked out anew.
func (t *Tx) Restore(ctx context.Context, policy *incident.Policy, now time.Time, id, by string) (incident.Strike, error) {
	undone, err := t.Unstrike(ctx, now, id, by)
	if err != nil {
		return undone, err
	}
	near, err := t.near(ctx, &undone, policy.StrikeReach(undone.Check), now)
	if err != nil {
		return undone, err
	}
	later, err := strikes(ctx, t.query, `check_id = ? AND undone IS NULL AND rowid > (SELECT rowid FROM strikes WHERE id = ?)
		AND EXISTS (SELECT 1 FROM strike_spans p WHERE p.strike = strikes.id AND p.since < ? AND p.until > ?) ORDER BY rowid`,
		undone.Check, undone.ID, near.Until.UnixMilli(), near.From.UnixMilli())
	if err != nil {
		return undone, fmt.Errorf("read the false alarms that were struck out after %s: %w", id, err)
	}
	for i := range later {
		spans, err := t.spansAlone(ctx, policy, &later[i], &undone, now)
		if err != nil {
			return undone, err
		}
		if _, err := t.exec(ctx, "DELETE FROM strike_spans WHERE strike = ?", later[i].ID); err != nil {
			return undone, fmt.Errorf("forget what a strike corrects: %w", err)
		}
		if err := t.keepSpans(ctx, &later[i], spans); err != nil {
			return undone, err
		}
	}
	return undone, nil
}

// near gives the time in which the runs of a strike may make a difference: the
// bad times of its component that begin or end within reach.
func (t *Tx) near(ctx context.Context, s *incident.Strike, reach time.Duration, now time.Time) (incident.Span, error) {
	near := incident.Span{From: s.From.Add(-reach), Until: s.Until.Add(reach)}
	bad, err := t.spans(ctx, badTimes, s.Component, near.From, near.Until, now)
	for _, span := range bad {
		if span.From.Before(near.From) {
			near.From = span.From
		}
		if span.Until.After(near.Until) {
			near.Until = span.Until
		}
	}
	return near, err
}

// spansAlone gives what a strike takes off the downtime without one that was
// undone.
func (t *Tx) spansAlone(ctx context.Context, policy *incident.Policy, s, undone *incident.Strike, now time.Time) ([]incident.Span, error) {
	kept, err := collect(ctx, t.query, scanNumber, "SELECT count(*) FROM series s CROSS JOIN results r ON r.series = s.id WHERE s.check_id = ? AND r.at >= ? AND r.at < ? AND r.struck = ?",
		s.Check, s.From.UnixMilli(), s.Until.UnixMilli(), s.ID)
	if err != nil {
		return nil, fmt.Errorf("count what strike %s took: %w", s.ID, err)
	}
	if int(kept[0]) == s.Runs && policy.Component(s.Check) == s.Component {
		runs, bad, others, err := t.past(ctx, s, policy.ChecksBeside(s.Check), policy.StrikeReach(s.Check), now)
		if err != nil {
			return nil, err
		}
		return policy.Unfounded(s.Check, runs, bad, others), nil
	}
	// Its runs are kept no more, or the check is another component's now: what
	// the other one had taken by then counts again, but for its own time.
	theirs, err := t.spansKept(ctx, undone.ID)
	if err != nil {
		return nil, err
	}
	ours, err := t.spansKept(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	var back, left []incident.Span
	for _, span := range theirs {
		back = append(back, span.Without([]incident.Span{{From: s.From, Until: s.Until}})...)
	}
	for _, span := range ours {
		left = append(left, span.Without(back)...)
	}
	return left, nil
}

// spansKept reads what a strike takes off the downtime.
func (t *Tx) spansKept(ctx context.Context, id string) ([]incident.Span, error) {
	all, err := collect(ctx, t.query, func(rows *sql.Rows) (span incident.Span, err error) {
		var since, until sql.NullInt64
		err = rows.Scan(&since, &until)
		return incident.Span{From: moment(since), Until: moment(until)}, err
	}, "SELECT since, until FROM strike_spans WHERE strike = ? ORDER BY since", id)
	if err != nil {
		return nil, fmt.Errorf("read what strike %s corrects: %w", id, err)
	}
	return all, nil
}
