package store

import (
	"context"
	"database/sql"
	"fmt"

	"daymark/notify"
)

// Bounced records what came back of an email. A hard bounce and a complaint
// end the subscription: nobody may send there again. A message that was
// complained about had arrived; what a hard or a soft bounce is about had not.
// To be told twice changes nothing, and neither does a delivery that is not
// known. It is named by its id or by its notify.BounceName.
func (s *Store) Bounced(ctx context.Context, delivery string, b notify.Bounce) error {
	err := s.transact(ctx, func(ctx context.Context, t *Tx) error {
		if notify.IsBounceHash(delivery) {
			ids, err := collect(ctx, t.query, func(rows *sql.Rows) (id string, err error) { return id, rows.Scan(&id) }, bounceSQL, delivery)
			if err != nil || len(ids) == 0 {
				return err
			}
			delivery = ids[0]
		}
		others, err := t.inMessage(ctx, delivery)
		if err != nil {
			return err
		}
		for _, other := range others[1:] {
			if err := t.bounced(ctx, other, b); err != nil {
				return err
			}
		}
		return t.bounced(ctx, delivery, b)
	})
	if err != nil {
		return fmt.Errorf("record a bounce of delivery %s: %w", delivery, err)
	}
	return nil
}

func (t *Tx) bounced(ctx context.Context, delivery string, b notify.Bounce) error {
	found, err := collect(ctx, t.query, func(rows *sql.Rows) (d bouncedDelivery, err error) {
		return d, rows.Scan(&d.state, &d.reason, &d.subscriber)
	}, "SELECT state, reason, coalesce(subscriber, '') FROM deliveries WHERE id = ?", delivery)
	if err != nil || len(found) == 0 {
		return err
	}
	d := found[0]
	if err := t.noteBounce(ctx, delivery, d, b); err != nil {
		return err
	}
	if d.subscriber == "" && (b.Kind == notify.HardBounce || b.Kind == notify.Complaint) {
		return t.bouncedReport(ctx, delivery, b)
	}
	if d.subscriber == "" || b.Kind != notify.HardBounce && b.Kind != notify.Complaint {
		return nil
	}
	reason := notify.EndedByBounce
	if b.Kind == notify.Complaint {
		reason = notify.EndedByComplaint
	}
	return t.EndSubscription(ctx, d.subscriber, reason, true, b.At)
}

// bounceSQL finds the delivery whose id did not fit into its return path.
const bounceSQL = "SELECT id FROM deliveries WHERE bounce = ?"

// bouncedDelivery is what the rule needs to know of one.
type bouncedDelivery struct {
	state      notify.State
	reason     string
	subscriber string // empty: staff
}

// noteBounce changes the delivery where its state allows it.
func (t *Tx) noteBounce(ctx context.Context, id string, d bouncedDelivery, b notify.Bounce) error {
	to, reason := d.state, bounceReason(b)
	switch b.Kind {
	case notify.HardBounce, notify.SoftBounce:
		to = notify.Undelivered
	case notify.Complaint:
		to = notify.Delivered
	}
	switch {
	case to != d.state && !notify.MayReport(d.state, to):
		return nil // it has ended already
	case to == d.state && (d.state != notify.Accepted || reason == d.reason):
		return nil // nothing new, or no delay of ours
	}
	if _, err := t.exec(ctx, "UPDATE deliveries SET state = ?, reason = ?, changed = ? WHERE id = ?", to, reason, b.At.UnixMilli(), id); err != nil {
		return err
	}
	if err := t.tell(ctx, "id = ?", id); err != nil {
		return err
	}
	return t.reconcile(ctx, id, to, b.At)
}

// bounceReason says it in a sentence for the ledger.
func bounceReason(b notify.Bounce) string {
	what := map[notify.BounceKind]string{
		notify.HardBounce:    "it came back: there is no such address",
		notify.SoftBounce:    "it came back: this message was not delivered",
		notify.DelayedBounce: "a server on the way still tries to deliver it",
		notify.Complaint:     "the reader marked it as spam",
	}[b.Kind]
	switch {
	case b.Diagnostic != "":
		what += " (" + b.Diagnostic + ")"
	case b.Status != "":
		what += " (" + b.Status + ")"
	}
	return what
}
