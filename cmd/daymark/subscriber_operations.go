package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"daymark/access"
	"daymark/console"
	"daymark/incident"
	"daymark/notify"
	"daymark/store"
)

// staffSubscribers looks after subscribers for the API.
type staffSubscribers struct {
	store      *store.Store
	operations *operations
}

// ListSubscribers implements console.Subscribers.
func (s staffSubscribers) ListSubscribers(ctx context.Context, q console.SubscriberQuery) ([]notify.Subscription, error) {
	return s.store.Subscriptions(ctx, store.SubscriberQuery(q))
}

// CountSubscribers implements console.Subscribers.
func (s staffSubscribers) CountSubscribers(ctx context.Context) ([]console.SubscriberCount, error) {
	found, err := s.store.CountSubscriptions(ctx)
	counts := make([]console.SubscriberCount, len(found))
	for i, c := range found {
		counts[i] = console.SubscriberCount(c)
	}
	return counts, err
}

// ListSuppressions implements console.Subscribers.
func (s staffSubscribers) ListSuppressions(ctx context.Context, before time.Time, hash string, most int) ([]notify.Suppression, error) {
	return s.store.Suppressions(ctx, before, hash, most)
}

// LookAfter implements console.Subscribers.
func (s staffSubscribers) LookAfter(ctx context.Context, who access.Principal, order console.SubscriberOrder) (console.SubscriberAnswer, error) {
	return s.operations.lookAfter(ctx, who, order)
}

// noSubscriber is what is answered for an id that is none.
func noSubscriber(id string) error {
	return &incident.Refusal{Kind: incident.NotFound, Text: fmt.Sprintf("there is no subscriber %q", id)}
}

// lookAfter does one thing about subscribers, with its entry in the audit
// trail. That is read by others and kept for good, so no address is in it.
func (o *operations) lookAfter(ctx context.Context, who access.Principal, order console.SubscriberOrder) (answer console.SubscriberAnswer, err error) {
	consent, err := newConsent(o.core, o.doc, nil)
	if err != nil {
		return answer, err
	}
	l := &lookingAfter{Consent: consent, order: order}
	do, action := l.what()
	if do == nil {
		return answer, &incident.Refusal{Kind: incident.Invalid, Text: fmt.Sprintf("nothing is called %q", order.Verb)}
	}
	if err := l.prepare(o); err != nil {
		return answer, err
	}
	object := order.ID
	if object == "" {
		object = order.Channel
	}
	if order.Verb == console.ImportSubscribers {
		object = fmt.Sprintf("%d rows", len(l.rows))
	}
	err = o.engine.Do(ctx, incident.Act{Actor: who.Actor(), Action: action, Object: object}, func(ctx context.Context, tx incident.Tx, _ time.Time) error {
		l.answer = console.SubscriberAnswer{ID: order.ID}
		return do(ctx, tx.(*store.Tx))
	})
	if rejection, ok := errors.AsType[*notify.Rejection](err); ok {
		err = &incident.Refusal{Kind: incident.Invalid, Text: rejection.Message}
	}
	return l.answer, err
}

// lookingAfter is one order as it is carried out.
type lookingAfter struct {
	*notify.Consent
	order  console.SubscriberOrder
	rows   []notify.Subscriber // of an import
	unsaid notify.Unsaid       // by its columns
	answer console.SubscriberAnswer
}

// what gives what an order does and how the audit trail calls it; nil: nothing.
func (l *lookingAfter) what() (do func(context.Context, *store.Tx) error, action string) {
	switch l.order.Verb {
	case console.AddSubscriber:
		return l.add, "subscriber added"
	case console.ChangeSubscriber:
		return l.change, "subscriber changed"
	case console.EndSubscriber:
		return l.end, "subscription ended"
	case console.ImportSubscribers:
		return l.importAll, "subscribers imported"
	case console.SuppressAddress:
		return l.suppress, "address suppressed"
	case console.AllowAddress:
		return l.allow, "address no longer suppressed"
	case console.ShowPerson:
		return l.show, "personal data exported"
	case console.ErasePerson:
		return l.erase, "personal data erased"
	}
	return nil, ""
}

// prepare reads what was typed before anything is written.
func (l *lookingAfter) prepare(o *operations) error {
	var err error
	if l.order.Verb == console.ImportSubscribers {
		l.rows, l.unsaid, err = notify.ParseSubscribers(strings.NewReader(l.order.CSV), o.importOptions())
		if err != nil {
			return &incident.Refusal{Kind: incident.Invalid, Text: err.Error()}
		}
		return nil
	}
	if why := noLane(o.doc)[l.order.Channel]; why != "" && l.order.Verb == console.AddSubscriber {
		return &incident.Refusal{Kind: incident.Invalid, Text: why}
	}
	if l.order.Channel != "" || l.order.ID == "" {
		l.order.Address, err = l.ParseAddress(l.order.Channel, l.order.Address)
	}
	if err == nil {
		err = l.CheckWishes(&l.order.Wishes)
	}
	if rejection, ok := errors.AsType[*notify.Rejection](err); ok {
		return &incident.Refusal{Kind: incident.Invalid, Text: rejection.Message}
	}
	return err
}

func (l *lookingAfter) add(ctx context.Context, tx *store.Tx) error {
	if err := incidentIsThere(ctx, tx, l.order.Wishes.Incident); err != nil {
		return err
	}
	s := notify.Subscriber{Channel: l.order.Channel, Address: l.order.Address, Name: l.order.Name}
	s.Want(l.order.Wishes)
	if l.order.Confirmed {
		s.Confirmed = time.Now().UTC()
	}
	outcome, id, err := l.Add(ctx, tx, s, notify.ByStaff)
	l.answer.ID, l.answer.Outcome = id, string(outcome)
	return err
}

// incidentIsThere refuses an incident that is none.
func incidentIsThere(ctx context.Context, tx *store.Tx, id string) error {
	if id != "" {
		there, err := tx.HasIncident(ctx, id)
		if err == nil && !there {
			err = &incident.Refusal{Kind: incident.Invalid, Text: fmt.Sprintf("there is no incident %q", id)}
		}
		return err
	}
	return nil
}

func (l *lookingAfter) change(ctx context.Context, tx *store.Tx) error {
	s, err := tx.Subscription(ctx, l.order.ID)
	switch {
	case err != nil:
		return err
	case s == nil:
		return noSubscriber(l.order.ID)
	case s.State() == notify.Ended:
		return &incident.Refusal{Kind: incident.Conflict, Text: "the subscription has ended: only its person can begin another"}
	}
	if err := incidentIsThere(ctx, tx, l.order.Wishes.Incident); err != nil {
		return err
	}
	s.Name = l.order.Name
	s.Want(l.order.Wishes)
	l.answer.Outcome = string(notify.Changed)
	return tx.KeepSubscription(ctx, s, time.Now())
}

func (l *lookingAfter) end(ctx context.Context, tx *store.Tx) error {
	err := tx.EndSubscription(ctx, l.order.ID, notify.EndedByStaff, l.order.Suppress, time.Now())
	l.answer.Outcome = string(notify.Ended)
	if errors.Is(err, store.ErrNotFound) {
		return noSubscriber(l.order.ID)
	}
	return err
}

func (l *lookingAfter) importAll(ctx context.Context, tx *store.Tx) error {
	l.answer.Outcome = "imported"
	for i := range l.rows {
		if err := incidentIsThere(ctx, tx, l.rows[i].Incident); err != nil {
			return err
		}
		outcome, _, err := l.Import(ctx, tx, l.rows[i], l.unsaid)
		if err != nil {
			return err
		}
		switch outcome {
		case notify.Added:
			l.answer.Added++
		case notify.Changed:
			l.answer.Changed++
		default:
			l.answer.Left++
		}
	}
	return nil
}

func (l *lookingAfter) suppress(ctx context.Context, tx *store.Tx) error {
	l.answer.Outcome = "suppressed"
	s, err := tx.FindSubscription(ctx, l.order.Channel, l.order.Address)
	if err != nil {
		return err
	}
	if s == nil {
		return tx.Suppress(ctx, l.order.Channel, l.order.Address, notify.EndedByStaff, true, time.Now())
	}
	l.answer.ID = s.ID
	return tx.EndSubscription(ctx, s.ID, notify.EndedByStaff, true, time.Now())
}

func (l *lookingAfter) allow(ctx context.Context, tx *store.Tx) error {
	was, err := tx.Unsuppress(ctx, l.order.Channel, l.order.Address)
	l.answer.Outcome = "nothing"
	if was {
		l.answer.Outcome = "allowed"
	}
	return err
}

func (l *lookingAfter) show(ctx context.Context, tx *store.Tx) error {
	l.answer.Outcome = "nothing"
	data := &console.SubscriberData{}
	suppression, err := tx.Suppression(ctx, l.order.Channel, l.order.Address)
	if err != nil {
		return err
	}
	if suppression != nil {
		data.Suppressed = suppression.Reason
	}
	s, err := tx.FindSubscription(ctx, l.order.Channel, l.order.Address)
	if err != nil {
		return err
	}
	if s != nil {
		held, err := l.ExportIn(ctx, tx, s)
		if err != nil {
			return err
		}
		l.answer.ID, data.Subscription = s.ID, &held
	}
	reported, err := tx.ReportsOf(ctx, l.order.Address)
	if err != nil {
		return err
	}
	data.Reports = []console.PersonalReport{}
	for _, r := range reported {
		data.Reports = append(data.Reports, console.PersonalReport(r))
	}
	l.answer.Data = data
	return nil
}

func (l *lookingAfter) erase(ctx context.Context, tx *store.Tx) error {
	l.answer.Outcome = "erased"
	s, err := tx.FindSubscription(ctx, l.order.Channel, l.order.Address)
	switch {
	case err != nil:
		return err
	case s != nil:
		l.answer.ID = s.ID
		err = l.EraseIn(ctx, tx, s, l.order.Suppress)
	case l.order.Suppress:
		err = tx.Suppress(ctx, l.order.Channel, l.order.Address, notify.EndedByWish, true, time.Now())
	}
	return errors.Join(err, tx.EraseContact(ctx, l.order.Address))
}
