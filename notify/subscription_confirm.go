package notify

import (
	"context"
	"fmt"
	"time"
)

// Opened is what a link shows.
type Opened struct {
	Subscription
	Confirms bool // the link confirms Wished; else it is for managing
}

// Open says what a link is for. It changes nothing: mail scanners follow
// links. ErrNoLink where it is for nothing any more.
func (c *Consent) Open(ctx context.Context, token string) (*Opened, error) {
	kind, id, ok := splitToken(token)
	if !ok {
		return nil, ErrNoLink
	}
	s, err := c.opts.Store.Subscription(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("look up a subscription: %w", err)
	}
	if !c.opens(s, kind, token) {
		return nil, ErrNoLink
	}
	return &Opened{Subscription: *s, Confirms: kind == confirming}, nil
}

// opens proves a token.
func (c *Consent) opens(s *Subscription, kind rune, text string) bool {
	if s == nil {
		return false
	}
	if kind == confirming {
		return same(text, ConfirmToken(c.opts.Key, s.ID, s.Round)) && c.waits(s, linkLife)
	}
	return same(text, ManageToken(c.opts.Key, s.ID, s.Generation))
}

// waits says whether a sign-up can still be confirmed.
func (c *Consent) waits(s *Subscription, life time.Duration) bool {
	return s.State() != Ended && !s.Asked.IsZero() && s.Wished != nil && c.opts.Now().Before(s.Asked.Add(life))
}

// change does something to the subscription that a token of a kind opens, in
// one transaction.
func (c *Consent) change(ctx context.Context, kind rune, token string, do func(ctx context.Context, tx SubscriptionTx, s *Subscription) error) error {
	said, id, ok := splitToken(token)
	if !ok || said != kind {
		return ErrNoLink
	}
	return c.opts.Store.Consent(ctx, func(ctx context.Context, tx SubscriptionTx) error {
		s, err := tx.Subscription(ctx, id)
		if err != nil {
			return err
		}
		if !c.opens(s, kind, token) {
			return ErrNoLink
		}
		return do(ctx, tx, s)
	})
}

// Confirm begins a subscription, or changes one to what its last sign-up asked
// for, and gives the token to manage it. A link confirms once.
func (c *Consent) Confirm(ctx context.Context, token string) (manage string, err error) {
	err = c.change(ctx, confirming, token, func(ctx context.Context, tx SubscriptionTx, s *Subscription) error {
		manage, err = c.confirm(ctx, tx, s)
		return err
	})
	return manage, err
}

func (c *Consent) confirm(ctx context.Context, tx SubscriptionTx, s *Subscription) (string, error) {
	suppression, err := tx.Suppression(ctx, s.Channel, s.Address)
	if err != nil {
		return "", err
	}
	if suppression != nil && suppression.Hard {
		return "", ErrNoLink
	}
	now := c.opts.Now()
	if s.Confirmed.IsZero() {
		s.Confirmed = now
	}
	s.Want(*s.Wished)
	s.Asked, s.Wished, s.Handle, s.Tries = time.Time{}, nil, "", 0
	if err := tx.KeepSubscription(ctx, s, now); err != nil {
		return "", err
	}
	// They came back by themselves.
	if _, err := tx.Unsuppress(ctx, s.Channel, s.Address); err != nil {
		return "", err
	}
	// Who begins in the middle hears what is so now, and therefore its end.
	if s.Incident != "" {
		if err := tx.QueueLatest(ctx, s, now); err != nil {
			return "", err
		}
	}
	return ManageToken(c.opts.Key, s.ID, s.Generation), nil
}

// ConfirmCode is Confirm by the code of a text message, for the browser that
// signed up. ErrWrongCode says no more than that: whether a number is known,
// or how many tries are left, is nobody's business.
func (c *Consent) ConfirmCode(ctx context.Context, handle, code string) (manage string, err error) {
	right := false
	err = c.opts.Store.Consent(ctx, func(ctx context.Context, tx SubscriptionTx) error {
		s, err := tx.SubscriptionOfHandle(ctx, hashHandle(handle))
		if err != nil || s == nil || handle == "" || !c.waits(s, codeLife) || s.Tries >= codeTries {
			return err
		}
		right = same(code, ConfirmCode(c.opts.Key, s.ID, s.Round))
		if right {
			manage, err = c.confirm(ctx, tx, s)
			return err
		}
		s.Tries++
		return tx.KeepSubscription(ctx, s, c.opts.Now())
	})
	if err == nil && !right {
		err = ErrWrongCode
	}
	return manage, err
}
