package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"daymark/notify"
)

// staffLost tells other people of staff, once an hour for each address and
// channel, that a message to one of them did not arrive and will not: it came
// back, was refused for good, or meets a STOP. It runs in the transaction that
// settles the message. A call that nobody picks up is no news, since the rota
// goes on to the next; and a canary has its own alarm.
func (t *Tx) staffLost(ctx context.Context, id string, state notify.State, now time.Time) error {
	staff := t.store.staff
	if staff == nil || state != notify.Dead && state != notify.Undelivered {
		return nil
	}
	type lost struct{ address, channel, title, reason string }
	found, err := collect(ctx, t.query, func(rows *sql.Rows) (l lost, err error) {
		return l, rows.Scan(&l.address, &l.channel, &l.title, &l.reason)
	}, `SELECT address, channel, coalesce(notice ->> '$.title', ''), reason FROM deliveries
		WHERE id = ? AND audience = 'staff' AND coalesce(notice ->> '$.kind', '') <> 'trial' AND state = ?`, id, state)
	if err != nil || len(found) == 0 {
		return err
	}
	l := found[0]
	if l.channel == "voice" && state == notify.Undelivered {
		return nil
	}
	name, known := staff.NameOf(l.address)
	if !known {
		return nil // whoever is not in the configuration any more misses nothing
	}
	notice := notify.Notice{
		Key: "lost-" + l.channel + "-" + l.address, Title: fmt.Sprintf("A message to %s did not arrive (%s)", name, l.channel),
		Text: fmt.Sprintf("It was: %s\n\nWhy: %s.\n\nTell them by another way, and mend the address. Others that fail within the hour are not told one by one.", l.title, strings.TrimSuffix(l.reason, ".")),
	}
	hour := now.UTC().Format("2006010215")
	lostID := "lost-" + l.channel + "-" + strings.NewReplacer(":", "-", "@", "-").Replace(l.address) + "-" + hour
	return t.queueAll(ctx, now, staff.TroubleBeside(notify.RunbookLost, l.channel, lostID, notice, now))
}
