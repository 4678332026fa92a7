package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"daymark/access"
	"daymark/console"
	"daymark/incident"
	"daymark/notify"
	"daymark/store"
)

// resend queues a delivery once more by hand. With a key it does so once,
// however often it is asked.
func (o *operations) resend(ctx context.Context, r console.Resending) (string, error) {
	digest := fmt.Sprintf("resend %s %t", r.ID, r.Second)
	made := ""
	act := incident.Act{Actor: r.Who.Actor(), Action: "message sent once more", Object: r.ID}
	if r.Second {
		act.Object += ", which may have arrived"
	}
	err := o.engine.Do(ctx, act, func(ctx context.Context, tx incident.Tx, now time.Time) error {
		if r.Key != "" {
			before, answer, found, err := tx.Made(ctx, r.Key)
			switch {
			case err != nil:
				return err
			case found && before != digest:
				return &incident.Refusal{Kind: incident.Conflict, Text: fmt.Sprintf("the key %q was used for another command", r.Key)}
			case found:
				made = answer
				return errDone
			}
		}
		var err error
		if made, err = tx.(*store.Tx).Resend(ctx, now, r.ID, r.Second); err != nil || r.Key == "" {
			return err
		}
		return tx.KeepMade(ctx, now, r.Key, digest, made)
	})
	switch {
	case errors.Is(err, errDone):
		return made, nil
	case errors.Is(err, store.ErrNotFound):
		return "", console.ErrNotFound
	}
	return made, err
}

// errDone undoes a transaction that has nothing left to do, its entry in the
// audit trail included.
var errDone = errors.New("it was done before")

// staffLedger is the ledger, as the console has it.
type staffLedger struct {
	*store.Store
	operations *operations
}

// DeliveryStory implements console.Deliveries.
func (s staffLedger) DeliveryStory(ctx context.Context, id string) (*notify.DeliveryStory, error) {
	story, err := s.Store.DeliveryStory(ctx, id)
	return story, notFound(err)
}

// Resend implements console.Deliveries.
func (s staffLedger) Resend(ctx context.Context, r console.Resending) (string, error) {
	return s.operations.resend(ctx, r)
}

// ledgerOrder is what a command asks of the ledger.
type ledgerOrder struct {
	Query  notify.LedgerQuery `json:"query"`
	ID     string             `json:"id,omitempty"` // of a delivery
	Second bool               `json:"second,omitempty"`
}

// ledger is a part of what is known of an incident's deliveries.
type ledger struct {
	Counts []notify.LedgerCount
	Rows   []notify.LedgerRow
}

// ledgerPart is how many rows come at once.
const ledgerPart = 1000

func (o *operations) ledger(ctx context.Context, order ledgerOrder) (ledger, error) {
	if _, err := o.showIncident(ctx, order.Query.Incident); err != nil {
		return ledger{}, err
	}
	counts, err := o.core.store.LedgerCounts(ctx, order.Query.Incident)
	if err != nil {
		return ledger{}, err
	}
	order.Query.Most = ledgerPart
	rows, err := o.core.store.Ledger(ctx, order.Query)
	return ledger{counts, rows}, err
}

func (o *operations) delivery(ctx context.Context, order ledgerOrder) (notify.DeliveryStory, error) {
	story, err := o.core.store.DeliveryStory(ctx, order.ID)
	if errors.Is(err, store.ErrNotFound) {
		return notify.DeliveryStory{}, noDelivery(order.ID)
	}
	if err != nil {
		return notify.DeliveryStory{}, err
	}
	return *story, nil
}

func (o *operations) resendByCommand(ctx context.Context, order ledgerOrder) (string, error) {
	made, err := o.resend(ctx, console.Resending{Who: access.CommandLine(), ID: order.ID, Second: order.Second})
	if errors.Is(err, console.ErrNotFound) {
		return "", noDelivery(order.ID)
	}
	if errors.Is(err, notify.ErrSecond) {
		return "", usageError{errors.New("they may have it already, and this may be a second copy: --again sends it all the same")}
	}
	if refusal, ok := errors.AsType[*incident.Refusal](err); ok {
		return "", usageError{refusal}
	}
	return made, err
}

func noDelivery(id string) error {
	return usageError{fmt.Errorf("there is no delivery %q: `daymark notify ledger INCIDENT` lists them", id)}
}

func controlLedger(mux *http.ServeMux, o *operations) {
	mux.HandleFunc("POST /deliveries/ledger", question(o.ledger))
	mux.HandleFunc("POST /deliveries/show", question(o.delivery))
	mux.HandleFunc("POST /deliveries/resend", question(o.resendByCommand))
}
