package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"

	"daymark/incident"
	"daymark/internal/lang"
	"daymark/notify"
)

// hearsOfSQL says whether a subscriber s hears of maintenance of components, a
// list in JSON.
const hearsOfSQL = `s.maintenance = 1 AND s.confirmed IS NOT NULL AND s.ended IS NULL AND s.incident IS NULL
		AND (s.components = '[]' OR EXISTS (SELECT 1 FROM json_each(s.components) c JOIN json_each(?) m ON m.value = c.value))`

// MaintenanceAudience counts, by channel, who hears of maintenance of any of
// these components.
func (s *Store) MaintenanceAudience(ctx context.Context, components []string) (map[string]int, error) {
	list, err := encode(append([]string{}, components...))
	if err != nil {
		return nil, err
	}
	type count struct {
		channel string
		told    int
	}
	found, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (c count, err error) { return c, rows.Scan(&c.channel, &c.told) },
		"SELECT s.channel, count(*) FROM subscribers s WHERE "+hearsOfSQL+" GROUP BY s.channel", list)
	if err != nil {
		return nil, fmt.Errorf("count who hears of maintenance: %w", explain(err))
	}
	counts := map[string]int{}
	for _, c := range found {
		counts[c.channel] = c.told
	}
	return counts, nil
}

// queueMaintenance writes, in the transaction that keeps a maintenance, one
// delivery for each subscriber who asked to hear of it. What was not sent of
// an earlier step is replaced; the end is for those who may have heard of it.
// Those who did hear once of each new time.
func (t *Tx) queueMaintenance(ctx context.Context, now time.Time, before, m *incident.PlannedMaintenance) error {
	was, _ := notify.TellMaintenance(before, lang.English(), t.store.zone)
	step, notice := notify.TellMaintenance(m, lang.English(), t.store.zone)
	if notice == nil {
		return nil
	}
	components, err := encode(m.Components)
	if err != nil {
		return err
	}
	expires := now.Add(usefulLife)
	switch step {
	case "announced":
		expires = m.Starts
	case "begun":
		expires = m.Ends
	}
	// One maintenance's ids lie beside one another: "-" comes before ".".
	prefix := "maintenance-" + m.ID + "-" + step + "-"
	from, to := "maintenance-"+m.ID+"-", "maintenance-"+m.ID+"."
	ms := now.UnixMilli()
	if step == was {
		if !before.Starts.Equal(m.Starts) || !before.Ends.Equal(m.Ends) {
			return t.queueMove(ctx, now, step, expires, m)
		}
	} else if _, err := t.exec(ctx, `UPDATE deliveries SET state = 'superseded', reason = 'a newer message went instead', changed = ?
		WHERE id >= ? AND id < ? AND NOT (id >= ? AND id < ?) AND state IN ('pending', 'retry')`,
		ms, from, to, prefix, prefix+"~"); err != nil {
		return fmt.Errorf("supersede earlier messages of maintenance %s: %w", m.ID, err)
	}
	for _, tag := range lang.Tags() {
		_, notice = notify.TellMaintenance(m, lang.Find(tag), t.store.zone)
		text, err := encode(notice)
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, `INSERT INTO deliveries (id, audience, number, subscriber, channel, address, name, notice, state, lane, due, expires, attempts, provider, reason, created, changed)
		SELECT ? || s.id, 'public', 0, s.id, s.channel, '', '', ?, 'pending', ?, ?, ?, 0, '', '', ?, ? FROM subscribers s
		WHERE coalesce(nullif(s.language, ''), ?) = ? AND `+hearsOfSQL+`
		AND (? = 0 OR EXISTS (SELECT 1 FROM deliveries d WHERE d.id IN (? || s.id, ? || s.id) AND `+toldSQL+`))
		ON CONFLICT (id) DO NOTHING`,
			prefix, text, incident.P4, ms, expires.UnixMilli(), ms, ms, t.store.language, tag, components, notice.Over, from+"announced-", from+"begun-"); err != nil {
			return fmt.Errorf("queue what is told of maintenance %s: %w", m.ID, err)
		}
	}
	return nil
}

// queueMove tells of the new time of a maintenance. What was not sent yet of the
// same step says the new time in place of the old one; whoever may have heard of
// it gets one message, which takes the place of one about an earlier new time
// that was not sent.
func (t *Tx) queueMove(ctx context.Context, now time.Time, step string, expires time.Time, m *incident.PlannedMaintenance) error {
	of, ms := "maintenance-"+m.ID+"-", now.UnixMilli()
	moved := of + "moved-"
	prefix := moved + strconv.FormatInt(ms, 10) + "-"
	if _, err := t.exec(ctx, `UPDATE deliveries SET state = 'superseded', reason = 'a newer message went instead', changed = ?, successor = ? || subscriber
		WHERE id >= ? AND id < ? AND state IN ('pending', 'retry') AND doubted IS NULL`, ms, prefix, moved, moved+"~"); err != nil {
		return fmt.Errorf("supersede earlier new times of maintenance %s: %w", m.ID, err)
	}
	for _, tag := range lang.Tags() {
		_, anew := notify.TellMaintenance(m, lang.Find(tag), t.store.zone)
		text, err := encode(anew)
		if err != nil {
			return err
		}
		move, err := encode(notify.TellMove(m, lang.Find(tag), t.store.zone))
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, `UPDATE deliveries SET notice = ?, expires = ? WHERE id >= ? AND id < ? AND state IN ('pending', 'retry') AND doubted IS NULL
			AND subscriber IN (SELECT id FROM subscribers WHERE coalesce(nullif(language, ''), ?) = ?)`,
			text, expires.UnixMilli(), of+step+"-", of+step+"-~", t.store.language, tag); err != nil {
			return fmt.Errorf("tell the new time of maintenance %s: %w", m.ID, err)
		}
		if _, err := t.exec(ctx, `INSERT INTO deliveries (id, audience, number, subscriber, channel, address, name, notice, state, lane, due, expires, attempts, provider, reason, created, changed)
			SELECT ? || s.id, 'public', 0, s.id, s.channel, '', '', ?, 'pending', ?, ?, ?, 0, '', '', ?, ? FROM subscribers s
			WHERE coalesce(nullif(s.language, ''), ?) = ? AND s.maintenance = 1 AND s.confirmed IS NOT NULL AND s.ended IS NULL AND s.incident IS NULL
			AND EXISTS (SELECT 1 FROM deliveries d WHERE d.id IN (? || s.id, ? || s.id) AND `+toldSQL+`)
			AND NOT EXISTS (SELECT 1 FROM deliveries w WHERE w.id = ? || s.id AND w.state IN ('pending', 'retry') AND w.doubted IS NULL)
			ON CONFLICT (id) DO NOTHING`,
			prefix, move, incident.P4, ms, expires.UnixMilli(), ms, ms, t.store.language, tag, of+"announced-", of+"begun-", of+step+"-"); err != nil {
			return fmt.Errorf("queue the new time of maintenance %s: %w", m.ID, err)
		}
	}
	return nil
}
