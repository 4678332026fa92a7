package notify

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"
)

// ManageLink gives the address of the page where a subscriber manages theirs;
// under it, /unsubscribe ends it by one POST (RFC 8058).
func (c *Consent) ManageLink(s Subscriber) string {
	return c.link(ManageToken(c.opts.Key, s.ID, s.Generation))
}

// ConfirmLink gives the address and the code that confirm a sign-up. They are
// made when its message is written, so that no copy of them is kept.
func (c *Consent) ConfirmLink(s Subscriber, round int) (link, code string) {
	return c.link(ConfirmToken(c.opts.Key, s.ID, round)), ConfirmCode(c.opts.Key, s.ID, round)
}

func (c *Consent) link(token string) string {
	return strings.TrimRight(c.opts.Page.URL, "/") + "/subscription/" + token
}

// Change changes what somebody wants to hear. One that ended stays so:
// ErrNoLink.
func (c *Consent) Change(ctx context.Context, token string, w Wishes) error {
	if err := c.check(&w); err != nil {
		return err
	}
	return c.change(ctx, managing, token, func(ctx context.Context, tx SubscriptionTx, s *Subscription) error {
		if s.State() != Active {
			return ErrNoLink
		}
		if w.Incident != "" {
			if there, err := tx.HasIncident(ctx, w.Incident); err != nil || !there {
				return cmp.Or(err, errNoIncident())
			}
		}
		s.Want(w)
		return tx.KeepSubscription(ctx, s, c.opts.Now())
	})
}

// End ends a subscription, or a sign-up that waits. Doing it twice is doing it
// once.
func (c *Consent) End(ctx context.Context, token string) error {
	return c.change(ctx, managing, token, func(ctx context.Context, tx SubscriptionTx, s *Subscription) error {
		if s.State() == Ended {
			return nil
		}
		return tx.EndSubscription(ctx, s.ID, EndedByReader, false, c.opts.Now())
	})
}

// Renew makes all links in older messages useless and gives the new token.
func (c *Consent) Renew(ctx context.Context, token string) (manage string, err error) {
	err = c.change(ctx, managing, token, func(ctx context.Context, tx SubscriptionTx, s *Subscription) error {
		s.Generation++
		manage = ManageToken(c.opts.Key, s.ID, s.Generation)
		return tx.KeepSubscription(ctx, s, c.opts.Now())
	})
	return manage, err
}

// Erase ends a subscription and deletes the address with all that is known of
// its person. With never, a hash stays by which it is never written to again,
// whoever signs it up.
func (c *Consent) Erase(ctx context.Context, token string, never bool) error {
	return c.change(ctx, managing, token, func(ctx context.Context, tx SubscriptionTx, s *Subscription) error {
		return c.EraseIn(ctx, tx, s, never)
	})
}

// EraseIn is Erase in a transaction of the caller's.
func (c *Consent) EraseIn(ctx context.Context, tx SubscriptionTx, s *Subscription, never bool) error {
	now := c.opts.Now()
	if err := tx.EraseSubscription(ctx, s.ID, now); err != nil {
		return err
	}
	if never {
		return tx.Suppress(ctx, s.Channel, s.Address, EndedByWish, true, now)
	}
	// A hard one stays: nobody lifts a bounce or a STOP by leaving.
	suppression, err := tx.Suppression(ctx, s.Channel, s.Address)
	if err != nil || suppression == nil || suppression.Hard {
		return err
	}
	_, err = tx.Unsuppress(ctx, s.Channel, s.Address)
	return err
}

// PersonalData is all that is held about an address.
type PersonalData struct {
	Channel    string            `json:"channel"`
	Address    string            `json:"address"`
	Name       string            `json:"name,omitempty"`
	State      SubscriptionState `json:"state"`
	Source     Source            `json:"source"`
	Wishes     Wishes            `json:"wishes"`
	Created    time.Time         `json:"created"`
	Confirmed  time.Time         `json:"confirmed,omitzero"`
	Ended      time.Time         `json:"ended,omitzero"`
	Reason     EndReason         `json:"ended_because,omitempty"`
	Asked      time.Time         `json:"last_sign_up,omitzero"`
	Wished     *Wishes           `json:"last_sign_up_wishes,omitempty"`
	Deliveries []Told            `json:"deliveries"`
}

// Export gives all that is held about the address of a subscription.
func (c *Consent) Export(ctx context.Context, token string) (data PersonalData, err error) {
	err = c.change(ctx, managing, token, func(ctx context.Context, tx SubscriptionTx, s *Subscription) error {
		data, err = c.ExportIn(ctx, tx, s)
		data.Address = ShownAddress(s.Channel, s.Address)
		return err
	})
	return data, err
}

// ExportIn is Export in a transaction of the caller's.
func (c *Consent) ExportIn(ctx context.Context, tx SubscriptionTx, s *Subscription) (PersonalData, error) {
	told, err := tx.Story(ctx, s.ID)
	return PersonalData{
		Channel: s.Channel, Address: s.Address, Name: s.Name, State: s.State(), Source: s.Source, Wishes: s.Wishes(),
		Created: s.Created, Confirmed: s.Confirmed, Ended: s.Ended, Reason: s.Reason, Asked: s.Asked, Wished: s.Wished,
		Deliveries: append([]Told{}, told...),
	}, err
}

// Stop is for a phone that answered STOP: nothing is sent to it any more.
func (c *Consent) Stop(ctx context.Context, phone string) error {
	return c.opts.Store.Consent(ctx, func(ctx context.Context, tx SubscriptionTx) error {
		now := c.opts.Now()
		suppressing := tx.Suppress(ctx, "sms", phone, EndedByStop, true, now)
		s, err := tx.FindSubscription(ctx, "sms", phone)
		if err != nil || s == nil {
			return errors.Join(suppressing, err)
		}
		return errors.Join(suppressing, tx.EndSubscription(ctx, s.ID, EndedByStop, true, now))
	})
}

// Start is for a phone that answered START: it may subscribe again, and what
// STOP ended goes on. It is the phone itself that asks.
func (c *Consent) Start(ctx context.Context, phone string) error {
	return c.opts.Store.Consent(ctx, func(ctx context.Context, tx SubscriptionTx) error {
		suppression, err := tx.Suppression(ctx, "sms", phone)
		if err != nil || suppression == nil || suppression.Reason != EndedByStop {
			return err
		}
		if _, err := tx.Unsuppress(ctx, "sms", phone); err != nil {
			return err
		}
		s, err := tx.FindSubscription(ctx, "sms", phone)
		if err != nil || s == nil || s.Reason != EndedByStop || s.Confirmed.IsZero() {
			return err
		}
		s.Ended, s.Reason = time.Time{}, ""
		return tx.KeepSubscription(ctx, s, c.opts.Now())
	})
}
