package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/incident"
)

// StrikeOut strikes out what a person takes for a false alarm, corrects rollups
// and downtime, and keeps all of it. It refuses where there is nothing to.
func (t *Tx) StrikeOut(ctx context.Context, policy *incident.Policy, s *incident.Strike, now time.Time) error {
	if err := t.Strike(ctx, s); err != nil {
		return err
	}
	return t.reconsider(ctx, policy, s, now)
}

// Restore undoes a strike, and corrects rollups and downtime.
func (t *Tx) Restore(ctx context.Context, policy *incident.Policy, now time.Time, id, by string) (incident.Strike, error) {
	undone, err := t.Unstrike(ctx, now, id, by)
	if err != nil {
		return undone, err
	}
	return undone, t.reconsider(ctx, policy, &undone, now)
}

// reconsider works out anew what the strikes in force near one take off the
// downtime, after that one was made or undone: it goes by what the checks of the
// component say without all of them, whichever was made first.
func (t *Tx) reconsider(ctx context.Context, policy *incident.Policy, changed *incident.Strike, now time.Time) error {
	checks, reach := append(policy.ChecksBeside(changed.Check), changed.Check), time.Duration(0)
	for _, check := range checks {
		reach = max(reach, policy.StrikeReach(check))
	}
	ids, err := encode(checks)
	if err != nil {
		return err
	}
	near, err := t.near(ctx, changed, reach, now)
	if err != nil {
		return err
	}
	inForce, err := strikes(ctx, t.query, `check_id IN (SELECT value FROM json_each(?)) AND undone IS NULL
		AND (since < ? AND until > ? OR EXISTS (SELECT 1 FROM strike_spans p WHERE p.strike = strikes.id AND p.since < ? AND p.until > ?)) ORDER BY rowid`,
		ids, near.Until.Add(reach).UnixMilli(), near.From.Add(-reach).UnixMilli(), near.Until.UnixMilli(), near.From.UnixMilli())
	if err != nil {
		return fmt.Errorf("read the false alarms that are struck out near %s: %w", changed.ID, err)
	}
	for i := range inForce {
		spans, err := t.spansInForce(ctx, policy, &inForce[i], changed, now)
		if err != nil {
			return err
		}
		if err := t.keepSpans(ctx, &inForce[i], spans); err != nil {
			return err
		}
	}
	return nil
}

// keepSpans keeps what a strike takes off the downtime of its component.
func (t *Tx) keepSpans(ctx context.Context, s *incident.Strike, spans []incident.Span) error {
	if _, err := t.exec(ctx, "DELETE FROM strike_spans WHERE strike = ?", s.ID); err != nil {
		return fmt.Errorf("forget what a strike corrects: %w", err)
	}
	for _, span := range spans {
		if _, err := t.exec(ctx, "INSERT INTO strike_spans (strike, component, since, until) VALUES (?, ?, ?, ?)", s.ID, s.Component, span.From.UnixMilli(), span.Until.UnixMilli()); err != nil {
			return fmt.Errorf("keep what a strike corrects: %w", err)
		}
	}
	return nil
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

// spansInForce gives what a strike in force takes off the downtime, after one
// was made or undone.
func (t *Tx) spansInForce(ctx context.Context, policy *incident.Policy, s, changed *incident.Strike, now time.Time) ([]incident.Span, error) {
	kept, err := collect(ctx, t.query, scanNumber, "SELECT count(*) FROM series s CROSS JOIN results r ON r.series = s.id WHERE s.check_id = ? AND r.at >= ? AND r.at < ? AND r.struck = ?",
		s.Check, s.From.UnixMilli(), s.Until.UnixMilli(), s.ID)
	if err != nil {
		return nil, fmt.Errorf("count what strike %s took: %w", s.ID, err)
	}
	if int(kept[0]) == s.Runs && policy.Component(s.Check) == s.Component {
		runs, bad, others, err := t.past(ctx, policy, s, now)
		if err != nil {
			return nil, err
		}
		return policy.Unfounded(s.Check, runs, bad, others), nil
	}
	// Its runs are kept no more, or the check is another component's now.
	ours, err := t.spansKept(ctx, s.ID)
	if err != nil || changed.Undone.IsZero() || changed.Check != s.Check || changed.Made.After(s.Made) {
		return ours, err
	}
	// What the undone one had taken before it was made counts again, but for its
	// own time.
	theirs, err := t.spansKept(ctx, changed.ID)
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
	all, err := collect(ctx, t.query, func(rows *sql.Rows) (incident.Span, error) { return scanSpan(rows) }, "SELECT since, until FROM strike_spans WHERE strike = ? ORDER BY since", id)
	if err != nil {
		return nil, fmt.Errorf("read what strike %s corrects: %w", id, err)
	}
	return all, nil
}
