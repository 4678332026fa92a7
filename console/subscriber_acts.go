package console

import (
	"context"

	"daymark/notify"
)

type addressAsked struct {
	Channel string `json:"channel" words:"email,sms,webhook,slack,teams,discord"`
	Address string `json:"address" longest:"1000"`
}

type addAsked struct {
	addressAsked
	wishesAsked
	Confirmed bool `json:"confirmed,omitempty" doc:"They agreed, and you can show it. Without it they get a message that asks them to confirm."`
}

// lookedRow is what became of a subscriber.
type lookedRow struct {
	ID      string `json:"id,omitempty" doc:"Of the subscriber."`
	Outcome string `json:"outcome" words:"added,changed,left,ended,suppressed,allowed,erased,nothing" doc:"left: alone, because they ended a subscription or are suppressed. nothing: there was nothing to do."`
}

func (a *API) looked(ctx context.Context, call Call, order SubscriberOrder) (lookedRow, error) {
	answer, err := a.Subscribers.LookAfter(ctx, call.Who, order)
	return lookedRow{ID: answer.ID, Outcome: answer.Outcome}, err
}

func (a *API) addSubscriber(ctx context.Context, call Call, asked addAsked) (lookedRow, error) {
	return a.looked(ctx, call, SubscriberOrder{
		Verb: AddSubscriber, Channel: asked.Channel, Address: asked.Address, Name: asked.Name, Wishes: asked.wishes(asked.Channel), Confirmed: asked.Confirmed,
	})
}

type subscriberChanged struct {
	ID string `path:"id" doc:"The subscriber's id."`
	wishesAsked
}

func (a *API) changeSubscriber(ctx context.Context, call Call, asked subscriberChanged) (lookedRow, error) {
	return a.looked(ctx, call, SubscriberOrder{Verb: ChangeSubscriber, ID: asked.ID, Name: asked.Name, Wishes: asked.wishes("")})
}

type endSubscriberAsked struct {
	ID       string `path:"id" doc:"The subscriber's id."`
	Suppress bool   `json:"suppress,omitempty" doc:"And never send anything to the address again."`
}

func (a *API) endSubscriber(ctx context.Context, call Call, asked endSubscriberAsked) (lookedRow, error) {
	return a.looked(ctx, call, SubscriberOrder{Verb: EndSubscriber, ID: asked.ID, Suppress: asked.Suppress})
}

type importAsked struct {
	CSV string `json:"csv" longest:"60000" doc:"With a header: channel, address, name, confirmed, components, severity, and if wanted updates and maintenance."`
}

type importedRow struct {
	Added   int `json:"added"`
	Changed int `json:"changed"`
	Left    int `json:"left" doc:"Left alone: they ended a subscription, or are suppressed."`
}

func (a *API) importSubscribers(ctx context.Context, call Call, asked importAsked) (importedRow, error) {
	answer, err := a.Subscribers.LookAfter(ctx, call.Who, SubscriberOrder{Verb: ImportSubscribers, CSV: asked.CSV})
	return importedRow{answer.Added, answer.Changed, answer.Left}, err
}

func (a *API) suppress(ctx context.Context, call Call, asked addressAsked) (lookedRow, error) {
	return a.looked(ctx, call, SubscriberOrder{Verb: SuppressAddress, Channel: asked.Channel, Address: asked.Address})
}

func (a *API) allow(ctx context.Context, call Call, asked addressAsked) (lookedRow, error) {
	return a.looked(ctx, call, SubscriberOrder{Verb: AllowAddress, Channel: asked.Channel, Address: asked.Address})
}

type eraseAsked struct {
	addressAsked
	Suppress bool `json:"suppress,omitempty" doc:"And never send anything to the address again: a hash of it stays."`
}

func (a *API) erasePerson(ctx context.Context, call Call, asked eraseAsked) (lookedRow, error) {
	return a.looked(ctx, call, SubscriberOrder{Verb: ErasePerson, Channel: asked.Channel, Address: asked.Address, Suppress: asked.Suppress})
}

// personRow is all that is held about an address.
type personRow struct {
	Subscriber *subscriberRow  `json:"subscriber,omitempty" doc:"Without it the address is subscribed to nothing."`
	Suppressed string          `json:"suppressed,omitempty" doc:"Why the address is left alone."`
	Deliveries []sentRow       `json:"deliveries"`
	Reports    []personsReport `json:"reports" doc:"What was reported with this address as contact."`
}

type sentRow struct {
	ID      string `json:"id"`
	What    string `json:"what"`
	State   string `json:"state"`
	Queued  Time   `json:"queued"`
	Changed Time   `json:"changed"`
}

type personsReport struct {
	ID        string `json:"id"`
	Component string `json:"component"`
	At        Time   `json:"at"`
	Text      string `json:"text"`
}

func (a *API) showPerson(ctx context.Context, call Call, asked addressAsked) (personRow, error) {
	answer, err := a.Subscribers.LookAfter(ctx, call.Who, SubscriberOrder{Verb: ShowPerson, Channel: asked.Channel, Address: asked.Address})
	row := personRow{Deliveries: []sentRow{}, Reports: []personsReport{}}
	if err != nil || answer.Data == nil {
		return row, err
	}
	row.Suppressed = string(answer.Data.Suppressed)
	if d := answer.Data.Subscription; d != nil {
		s := notify.Subscription{Source: d.Source, Created: d.Created, Ended: d.Ended, Reason: d.Reason}
		s.ID, s.Channel, s.Address, s.Name, s.Confirmed = answer.ID, d.Channel, d.Address, d.Name, d.Confirmed
		s.Want(d.Wishes)
		subscriber := subscriberOf(&s, true)
		row.Subscriber = &subscriber
		for _, told := range d.Deliveries {
			row.Deliveries = append(row.Deliveries, sentRow{told.ID, told.What, string(told.State), Time{told.Created}, Time{told.Changed}})
		}
	}
	for _, r := range answer.Data.Reports {
		row.Reports = append(row.Reports, personsReport{r.ID, r.Component, Time{r.At}, r.Text})
	}
	return row, nil
}
