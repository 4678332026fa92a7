package store

import (
	"context"
	"fmt"
	"time"

	"daymark/incident"
	"daymark/notify"
)

// queueMaintenance writes, in the transaction that keeps a maintenance, one
// delivery for each subscriber who asked to hear of it. What was not sent of
// an earlier step is replaced; the end is for those who may have heard of it.
func (t *Tx) queueMaintenance(ctx context.Context, now time.Time, m *incident.PlannedMaintenance) error {
	step, notice := notify.TellMaintenance(m, t.store.zone)
	if notice == nil {
		return nil
	}
	text, err := encode(notice)
	if err != nil {
		return err
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
	if _, err := t.exec(ctx, `UPDATE deliveries SET state = 'superseded', reason = 'a newer message went instead', changed = ?
		WHERE id >= ? AND id < ? AND NOT (id >= ? AND id < ?) AND state IN ('pending', 'retry')`,
		ms, from, to, prefix, prefix+"~"); err != nil {
		return fmt.Errorf("supersede earlier messages of maintenance %s: %w", m.ID, err)
	}
	if _, err := t.exec(ctx, `INSERT INTO deliveries (id, audience, number, subscriber, channel, address, name, notice, state, lane, due, expires, attempts, provider, reason, created, changed)
		SELECT ? || s.id, 'public', 0, s.id, s.channel, '', '', ?, 'pending', ?, ?, ?, 0, '', '', ?, ? FROM subscribers s
		WHERE s.maintenance = 1 AND s.confirmed IS NOT NULL AND s.ended IS NULL AND s.incident IS NULL
		AND (s.components = '[]' OR EXISTS (SELECT 1 FROM json_each(s.components) c JOIN json_each(?) m ON m.value = c.value))
		AND (? = 0 OR EXISTS (SELECT 1 FROM deliveries e WHERE e.id IN (? || s.id, ? || s.id) AND e.state IN ('sending', 'unknown', 'accepted', 'delivered')))
		ON CONFLICT (id) DO NOTHING`,
		prefix, text, incident.P4, ms, expires.UnixMilli(), ms, ms, components, notice.Over, from+"announced-", from+"begun-"); err != nil {
		return fmt.Errorf("queue what is told of maintenance %s: %w", m.ID, err)
	}
	return nil
}
