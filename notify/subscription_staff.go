package notify

import (
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"time"
)

// Addition is what became of a subscriber whom staff added.
type Addition string

// What became of one.
const (
	Added   Addition = "added"
	Changed Addition = "changed" // there was one, who hears what was said now
	Left    Addition = "left"    // they said no, or their address is left alone
)

// Add adds a subscriber for staff, or an import, in a transaction of theirs.
// Who is not Confirmed gets a message that asks to confirm it, and nothing
// else before; who is there already is changed. Whoever ended a subscription,
// or is suppressed, is left alone.
func (c *Consent) Add(ctx context.Context, tx SubscriptionTx, s Subscriber, source Source) (Addition, string, error) {
	return c.add(ctx, tx, s, source, Unsaid{})
}

// Import is Add for a row of a file, which leaves what the file does not say.
func (c *Consent) Import(ctx context.Context, tx SubscriptionTx, s Subscriber, unsaid Unsaid) (Addition, string, error) {
	return c.add(ctx, tx, s, ByImport, unsaid)
}

func (c *Consent) add(ctx context.Context, tx SubscriptionTx, s Subscriber, source Source, unsaid Unsaid) (Addition, string, error) {
	now := c.opts.Now()
	suppression, err := tx.Suppression(ctx, s.Channel, s.Address)
	if err != nil || suppression != nil {
		return Left, "", err
	}
	found, err := tx.FindSubscription(ctx, s.Channel, s.Address)
	switch {
	case err != nil:
		return "", "", err
	case found != nil && found.State() == Ended:
		return Left, found.ID, nil
	case found != nil:
		found.Name = s.Name
		found.Want(unsaid.keep(s.Wishes(), found.Wishes()))
		if found.Confirmed.IsZero() && !s.Confirmed.IsZero() {
			found.Confirmed, found.Asked, found.Wished, found.Handle = s.Confirmed, time.Time{}, nil, ""
		}
		return Changed, found.ID, tx.KeepSubscription(ctx, found, now)
	}
	s.Generation = 1
	made := &Subscription{Subscriber: s, Source: source}
	if s.Confirmed.IsZero() {
		err = c.ask(ctx, tx, made, s.Wishes(), now)
	} else {
		err = tx.KeepSubscription(ctx, made, now)
	}
	return Added, made.ID, err
}

// keep gives new wishes with what they do not say as it was.
func (u Unsaid) keep(w, was Wishes) Wishes {
	if u.Language {
		w.Language = was.Language
	}
	if u.Maintenance {
		w.Maintenance = was.Maintenance
	}
	if u.Incident {
		w.Incident = was.Incident
	}
	return w.alone()
}

// CheckWishes says what is wrong with wishes, as a *Rejection.
func (c *Consent) CheckWishes(w *Wishes) error { return c.check(w) }

// ParseAddress reads an address as Consent keeps it, as a *Rejection where it
// is none.
func (c *Consent) ParseAddress(channel, text string) (string, error) {
	address, err := ParseAddress(channel, text, c.opts.Countries)
	if err != nil {
		return "", &Rejection{"address", "The address " + err.Error() + "."}
	}
	return address, nil
}

// WriteSubscribers writes subscribers as ParseSubscribers reads them, but
// for those who ended.
func WriteSubscribers(all []Subscription) (string, error) {
	var b strings.Builder
	w := csv.NewWriter(&b)
	rows := [][]string{{"channel", "address", "name", "confirmed", "components", "severity", "updates", "maintenance", "language", "incident"}}
	for i := range all {
		s := &all[i]
		if s.State() == Ended {
			continue
		}
		severity, updates := "", "all"
		if s.Severity != 0 {
			severity = s.Severity.String()
		}
		if s.Edges {
			updates = "edges"
		}
		rows = append(rows, []string{
			s.Channel, s.Address, s.Name, yesNo(s.State() == Active), strings.Join(s.Components, " "), severity, updates, yesNo(s.Maintenance), s.Language, s.Incident,
		})
	}
	if err := w.WriteAll(rows); err != nil {
		return "", fmt.Errorf("write the subscribers: %w", err)
	}
	return b.String(), nil
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
