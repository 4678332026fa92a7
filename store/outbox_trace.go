package store

import (
	"context"

	"daymark/notify"
)

// trace keeps, before a claimed delivery is sent, what is needed to hear of it
// afterwards: what an email is called where it comes back to, if that is not
// its id, and which number of somebody of staff a text message or a call goes
// to, so that the provider is asked about that one.
func (t *Tx) trace(ctx context.Context, d *dueDelivery) error {
	switch d.Channel {
	case "email":
		if name := notify.BounceName(d.ID); name != d.ID {
			_, err := t.exec(ctx, "UPDATE deliveries SET bounce = ? WHERE rowid = ? AND bounce IS NULL", name, d.row)
			return err
		}
	case "sms", "voice":
		if t.store.staff == nil || d.State == notify.Unknown {
			return nil // what is in doubt is asked about, and not sent
		}
		resolved, err := t.store.staff.Resolve(d.Delivery)
		if err != nil || resolved.Subscriber.Address == d.Subscriber.Address {
			return nil //nolint:nilerr // it cannot be sent, and whoever writes it says so
		}
		_, err = t.exec(ctx, "UPDATE deliveries SET called = ? WHERE rowid = ?", resolved.Subscriber.Address, d.row)
		return err
	}
	return nil
}
