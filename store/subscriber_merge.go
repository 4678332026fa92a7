package store

import (
	"context"
	"fmt"
	"time"

	"daymark/incident"
)

// followMerged takes those who hear of one incident along when it becomes part
// of another: to them it goes on there. They are told what is so there now, and
// therefore its end. The last update of the incident that ended is queued for
// them already.
func (t *Tx) followMerged(ctx context.Context, now time.Time, d *incident.Decision) error {
	for i := range d.Incidents {
		from, into := d.Incidents[i].ID, d.Incidents[i].Care.MergedInto
		if into == "" || !endsNow(d, from) {
			continue
		}
		if err := t.queueLatest(ctx, into, "s.incident = ?", from, now); err != nil {
			return err
		}
		if _, err := t.exec(ctx, "UPDATE subscribers SET incident = ? WHERE incident = ?", into, from); err != nil {
			return fmt.Errorf("take subscribers of incident %s along to %s: %w", from, into, err)
		}
		// So do sign-ups that wait for their confirmation.
		if _, err := t.exec(ctx, `UPDATE subscribers SET wishes = json_set(wishes, '$.incident', ?)
			WHERE wishes IS NOT NULL AND json_extract(wishes, '$.incident') = ?`, into, from); err != nil {
			return fmt.Errorf("take sign-ups for incident %s along to %s: %w", from, into, err)
		}
	}
	return nil
}

// endsNow says whether a decision tells the end of an incident.
func endsNow(d *incident.Decision, id string) bool {
	for i := range d.Updates {
		if d.Updates[i].Incident == id && d.Updates[i].Kind == incident.Ended {
			return true
		}
	}
	return false
}
