package console

import (
	"context"
	"strconv"

	"daymark/access"
	"daymark/notify"
)

// Deliveries is the ledger: who was told what.
type Deliveries interface {
	// Ledger gives the deliveries of an incident: staff first, then each
	// subscriber's, and of each the oldest first.
	Ledger(ctx context.Context, q notify.LedgerQuery) ([]notify.LedgerRow, error)
	// LedgerCounts gives how many deliveries of an incident stand where.
	LedgerCounts(ctx context.Context, incident string) ([]notify.LedgerCount, error)
	// DeliveryStory gives all that is known of one; ErrNotFound where there is
	// none.
	DeliveryStory(ctx context.Context, id string) (*notify.DeliveryStory, error)
	// Resend queues one once more, with its entry in the audit trail, and gives
	// the new one's id. What is not allowed is an *incident.Refusal.
	Resend(ctx context.Context, r Resending) (string, error)
}

// Resending is who sends which delivery once more.
type Resending struct {
	Who    access.Principal
	Key    string // of the command, to be done once; "": none
	ID     string
	Second bool // knowing that it may be the second copy
}

type ledgerAsked struct {
	idAsked
	Channel string `query:"channel" words:"email,sms,voice,webhook,slack,teams,discord,pagerduty" doc:"Only by this channel."`
	State   string `query:"state" words:"pending,retry,sending,unknown,accepted,delivered,undelivered,superseded,suppressed,expired,dead" doc:"Only those that stand so."`
	paging
}

type deliveryRow struct {
	ID         string `json:"id"`
	Incident   string `json:"incident,omitempty"`
	Update     int    `json:"update,omitempty" doc:"The number of the update that it tells; left out for a message of another kind."`
	Title      string `json:"title,omitempty" doc:"What a message of another kind is about."`
	Audience   string `json:"audience" words:"public,staff"`
	Channel    string `json:"channel" words:"email,sms,voice,webhook,slack,teams,discord,pagerduty"`
	Subscriber string `json:"subscriber,omitempty" doc:"Their id; left out for staff."`
	Address    string `json:"address" doc:"With parts left out for who may not see addresses."`
	Name       string `json:"name,omitempty"`
	State      string `json:"state" words:"pending,retry,sending,unknown,accepted,delivered,undelivered,superseded,suppressed,expired,dead"`
	Reason     string `json:"reason,omitempty" doc:"Why it stands so."`
	Attempts   int    `json:"attempts" doc:"Calls of the remote so far."`
	Provider   string `json:"provider,omitempty" doc:"The provider's id."`
	Again      string `json:"again,omitempty" doc:"The delivery that it repeats by hand."`
	Carrier    string `json:"carrier,omitempty" doc:"The delivery in whose message it goes with others; its own id where that is it."`
	Successor  string `json:"successor,omitempty" doc:"The delivery that took its place."`
	Created    Time   `json:"created" doc:"When it was queued."`
	Due        Time   `json:"due,omitzero" doc:"When it is next tried, or asked about."`
	Expires    Time   `json:"expires" doc:"When nobody wants it any more."`
	Changed    Time   `json:"changed" doc:"Since when it stands so."`
	Doubted    Time   `json:"doubted,omitzero" doc:"Since when it may have been taken without our knowing."`
}

func (a *API) listDeliveries(ctx context.Context, call Call, asked ledgerAsked) (page[deliveryRow], error) {
	place, err := asked.parts(3)
	if err != nil {
		return page[deliveryRow]{}, err
	}
	query := notify.LedgerQuery{Incident: asked.ID, Channel: asked.Channel, State: notify.State(asked.State), Most: asked.Limit + 1}
	if place != nil {
		number, err := strconv.Atoi(place[1])
		if err != nil {
			return page[deliveryRow]{}, badCursor()
		}
		at, err := strconv.ParseInt(place[2], 10, 64)
		if err != nil {
			return page[deliveryRow]{}, badCursor()
		}
		query.After = notify.LedgerPlace{Subscriber: place[0], Number: number, Place: at}
	}
	found, err := a.Deliveries.Ledger(ctx, query)
	if err != nil {
		return page[deliveryRow]{}, err
	}
	if len(found) == 0 {
		if _, err := a.Incidents.Incident(ctx, asked.ID); err != nil {
			return page[deliveryRow]{}, err
		}
	}
	return cut(found, asked.Limit, func(r *notify.LedgerRow) deliveryRow { return deliveryOf(r, call.Who) }, func(r *notify.LedgerRow) []string {
		at := r.At()
		return []string{at.Subscriber, strconv.Itoa(at.Number), strconv.FormatInt(at.Place, 10)}
	}), nil
}

// deliveryOf shows a row to somebody: addresses whole only to who may see them.
func deliveryOf(found *notify.LedgerRow, who access.Principal) deliveryRow {
	r := *found
	if !who.May(access.ReadAddresses) {
		r = r.Masked()
	}
	row := deliveryRow{
		ID: r.ID, Incident: r.Incident, Update: r.Update, Title: r.Title, Audience: string(r.Audience), Channel: r.Channel, Subscriber: r.Subscriber,
		Address: r.Address, Name: r.Name, State: string(r.State), Reason: r.Reason, Attempts: r.Attempts, Provider: r.Provider, Again: r.Again, Carrier: r.Carrier, Successor: r.Successor,
		Created: Time{r.Created}, Expires: Time{r.Expires}, Changed: Time{r.Changed}, Doubted: Time{r.Doubted},
	}
	if r.State == notify.Pending || r.State == notify.Retry || r.State == notify.Unknown {
		row.Due = Time{r.Due}
	}
	return row
}

type deliveryCountRow struct {
	Channel string `json:"channel" words:"email,sms,voice,webhook,slack,teams,discord,pagerduty"`
	State   string `json:"state" words:"pending,retry,sending,unknown,accepted,delivered,undelivered,superseded,suppressed,expired,dead"`
	Count   int    `json:"count"`
}

func (a *API) countDeliveries(ctx context.Context, _ Call, asked idAsked) (page[deliveryCountRow], error) {
	counts, err := a.Deliveries.LedgerCounts(ctx, asked.ID)
	if err != nil {
		return page[deliveryCountRow]{}, err
	}
	if len(counts) == 0 {
		if _, err := a.Incidents.Incident(ctx, asked.ID); err != nil {
			return page[deliveryCountRow]{}, err
		}
	}
	var rows []deliveryCountRow
	for _, c := range counts {
		rows = append(rows, deliveryCountRow{c.Channel, string(c.State), c.Count})
	}
	return whole(rows), nil
}

type deliveryStoryRow struct {
	deliveryRow
	Events   []deliveryEventRow `json:"events" doc:"From its first claim on to its state, oldest first."`
	Copies   []string           `json:"copies" doc:"Those that repeat it by hand, oldest first."`
	Together []string           `json:"together" doc:"The others that went in the same message, because the storm guard had held them back."`
}

type deliveryEventRow struct {
	At       Time   `json:"at"`
	State    string `json:"state" words:"pending,retry,sending,unknown,accepted,delivered,undelivered,superseded,suppressed,expired,dead"`
	Reason   string `json:"reason,omitempty"`
	Provider string `json:"provider,omitempty" doc:"The provider's id."`

	Successor string `json:"successor,omitempty" doc:"Of superseded: the delivery that took its place."`
}

func (a *API) readDelivery(ctx context.Context, call Call, asked idAsked) (deliveryStoryRow, error) {
	story, err := a.Deliveries.DeliveryStory(ctx, asked.ID)
	if err != nil {
		return deliveryStoryRow{}, err
	}
	row := deliveryStoryRow{deliveryRow: deliveryOf(&story.LedgerRow, call.Who), Events: []deliveryEventRow{}, Copies: append([]string{}, story.Copies...), Together: append([]string{}, story.Together...)}
	for _, e := range story.Events {
		// The row's own address is what a reason may repeat.
		seen := deliveryOf(&notify.LedgerRow{Address: story.Address, Audience: story.Audience, Reason: e.Reason}, call.Who)
		row.Events = append(row.Events, deliveryEventRow{At: Time{e.At}, State: string(e.State), Reason: seen.Reason, Provider: e.Provider, Successor: e.Successor})
	}
	return row, nil
}

type resendAsked struct {
	idAsked
	Again bool `json:"again,omitempty" doc:"Send it even where they may have it already."`
}

func (a *API) resendDelivery(ctx context.Context, call Call, asked resendAsked) (madeRow, error) {
	r := Resending{Who: call.Who, ID: asked.ID, Second: asked.Again}
	if call.Key != "" {
		r.Key = call.Who.Via() + " " + call.Key // nobody's key is another's
	}
	made, err := a.Deliveries.Resend(ctx, r)
	return madeRow{made}, err
}
