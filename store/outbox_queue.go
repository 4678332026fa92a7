package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/incident"
	"daymark/notify"
)

// edges is how subscribers.updates says that somebody wants beginning,
// worsening and end alone.
const edges = "edges"

// usefulLife is how long a message is worth sending.
const usefulLife = 4 * time.Hour

// queueSQL writes a delivery for each subscriber whom notify.Decide wants to
// hear of an update, all at once: one statement a subscriber would keep every
// other write waiting for seconds. Whether somebody was told is looked up only
// where it matters. The limit that is none keeps SQLite
// from looking it up wherever it is named.
var queueSQL = `INSERT INTO deliveries (id, audience, update_id, incident, number, subscriber, channel, address, name, state, lane, due, expires, attempts, provider, reason, created, changed)
	SELECT @update || '-' || id, 'public', @update, @incident, @number, id, channel, '', '',
		CASE WHEN @ended AND NOT told THEN 'suppressed' ELSE 'pending' END, @severity, @at, @expires, 0, '',
		CASE WHEN @ended AND NOT told THEN @never ELSE '' END, @at, @at ` + readersSQL

// readersSQL are the subscribers whom notify.Decide wants to hear of an update;
// told says of an end whether they wait for it.
var readersSQL = `FROM (
		SELECT s.id, s.channel, s.severity, s.updates,
			s.components = '[]' OR EXISTS (SELECT 1 FROM json_each(s.components) own WHERE own.value IN (SELECT value FROM json_each(@changed))) AS concerned,
			s.channel IN (SELECT value FROM json_each(@channels)) AS own,
			CASE WHEN @number = 1 OR NOT (@ended OR @progress AND s.updates = 'edges') THEN 0
			WHEN @ended THEN ` + waitsSQL("@incident", "s.id") + `
			ELSE coalesce((SELECT d.number NOT IN (SELECT number FROM updates WHERE incident = @incident AND kind = 'ended')
				FROM deliveries d WHERE d.incident = @incident AND d.subscriber = s.id AND d.number > 0
				AND ` + toldSQL + ` ORDER BY d.number DESC LIMIT 1), 0) END AS told
		FROM subscribers s
		WHERE (@ended OR s.channel IN (SELECT value FROM json_each(@channels))) AND s.confirmed IS NOT NULL AND s.ended IS NULL
		AND (s.incident IS NULL OR s.incident = @incident)
		ORDER BY s.id LIMIT -1
	)
	WHERE CASE WHEN @ended THEN told OR concerned AND own
		ELSE concerned AND (severity = 0 OR @severity <= severity) AND NOT (updates = 'edges' AND @progress AND told) END`

// waitsSQL says whether a subscriber may wait for the end of an incident: the
// last that they were told of it, but for ends that may not have arrived, is no
// end.
func waitsSQL(incident, subscriber string) string {
	of := "FROM deliveries d WHERE d.incident = " + incident + " AND d.subscriber = " + subscriber + " AND d.number > 0 AND d.number "
	ends := " IN (SELECT number FROM updates WHERE incident = " + incident + " AND kind = 'ended') AND "
	return "(coalesce((SELECT max(d.number) " + of + "NOT" + ends + toldSQL + "), 0) > coalesce((SELECT max(d.number) " + of + ends + "d.state IN ('accepted', 'delivered')), 0))"
}

// toldSQL is notify.State's Told.
const toldSQL = "(d.state IN ('sending', 'unknown', 'accepted', 'delivered') OR d.doubted IS NOT NULL AND d.state <> 'undelivered')"

// These take back what an update replaces for those who are told it:
// older ones of its incident that were never sent, never one that may have
// been. They look only at what waits. An opening that was never sent ends as
// its resolution does; who gets no resolution, since it is not about their
// components any more, is told nothing of before after it either.
const (
	supersedeSQL = "UPDATE deliveries AS d SET changed = @at, state = 'superseded', reason = @newer, successor = @update || '-' || d.subscriber WHERE " +
		"d.channel IN (SELECT value FROM json_each(@channels))" + waitingSQL + `
		AND EXISTS (SELECT 1 FROM deliveries n WHERE n.incident = @incident AND n.subscriber = d.subscriber AND n.number = @number)`
	endSQL = `UPDATE deliveries AS d SET changed = @at,
			state = CASE n.state WHEN 'suppressed' THEN 'suppressed' ELSE 'superseded' END,
			reason = CASE n.state WHEN 'suppressed' THEN @over ELSE @newer END,
			successor = CASE n.state WHEN 'suppressed' THEN NULL ELSE n.id END
		FROM deliveries n WHERE ` + everywhereSQL + waitingSQL + `
		AND n.incident = @incident AND n.subscriber = d.subscriber AND n.number = @number`
	overSQL = `UPDATE deliveries AS d SET changed = @at, state = 'suppressed', reason = @over WHERE ` + everywhereSQL + waitingSQL + `
		AND NOT EXISTS (SELECT 1 FROM deliveries n WHERE n.incident = @incident AND n.subscriber = d.subscriber AND n.number = @number)`
	againSQL = `UPDATE deliveries AS d SET changed = @at, state = 'suppressed', reason = @again WHERE ` + everywhereSQL + waitingSQL + `
		AND d.number IN (SELECT number FROM updates WHERE incident = @incident AND kind = 'ended')`
	everywhereSQL = `d.channel IN ('email', 'sms', 'webhook', 'slack', 'teams', 'discord')`
	waitingSQL    = ` AND d.lane BETWEEN 0 AND 9 AND d.state IN ('pending', 'retry', 'unknown')
		AND d.state <> 'unknown' AND d.doubted IS NULL AND d.incident = @incident AND d.number BETWEEN 1 AND @number - 1`
)

// queueDeliveries writes, in the update's own transaction, one delivery for
// each subscriber who asked to hear of it, and takes back what it replaces.
func (t *Tx) queueDeliveries(ctx context.Context, u *incident.Update) error {
	var channels []string
	for _, word := range u.Channels {
		channels = append(channels, notify.ChannelsOf(word)...)
	}
	if len(channels) == 0 {
		if told, err := t.toldOf(ctx, u); err != nil || !told {
			return err
		}
	}
	changed := []string{}
	for _, c := range u.Changes {
		changed = append(changed, c.Component)
	}
	args, err := queueArgs(u, channels, changed)
	if err != nil {
		return err
	}
	done, err := t.exec(ctx, queueSQL, args...)
	if err != nil {
		return fmt.Errorf("queue the deliveries of update %s: %w", u.ID, err)
	}
	n, err := done.RowsAffected()
	if err != nil || u.Number == 1 {
		return err
	}
	var queries []string
	switch {
	case u.Kind == incident.Ended:
		queries = []string{endSQL, overSQL}
	case n > 0:
		queries = []string{supersedeSQL}
	}
	if u.Kind == incident.Reopened {
		queries = append(queries, againSQL)
	}
	for _, query := range queries {
		if _, err := t.exec(ctx, query, args...); err != nil {
			return fmt.Errorf("supersede older updates: %w", err)
		}
	}
	return nil
}

// toldOf says whether an update that is for the page alone ends, or begins anew,
// an incident that others were to be told of.
func (t *Tx) toldOf(ctx context.Context, u *incident.Update) (bool, error) {
	if u.Kind != incident.Ended && u.Kind != incident.Reopened {
		return false, nil
	}
	found, err := t.number(ctx, "SELECT 1 FROM deliveries WHERE incident = ? AND subscriber IS NOT NULL LIMIT 1", u.Incident)
	return found.Valid, err
}

func queueArgs(u *incident.Update, channels, changed []string) ([]any, error) {
	onChannels, err := encode(append([]string{}, channels...))
	if err != nil {
		return nil, err
	}
	components, err := encode(changed)
	if err != nil {
		return nil, err
	}
	return []any{
		sql.Named("update", u.ID), sql.Named("incident", u.Incident), sql.Named("number", u.Number), sql.Named("severity", u.Severity),
		sql.Named("at", u.At.UnixMilli()), sql.Named("expires", u.At.Add(usefulLife).UnixMilli()),
		sql.Named("ended", u.Kind == incident.Ended), sql.Named("progress", u.Kind == incident.Progress),
		sql.Named("channels", onChannels), sql.Named("changed", components),
		sql.Named("never", notify.ReasonNeverTold), sql.Named("over", notify.ReasonOver), sql.Named("newer", notify.ReasonSuperseded),
		sql.Named("again", notify.ReasonAgain),
	}, nil
}
