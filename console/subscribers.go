package console

import (
	"context"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/notify"
)

// Subscribers is who is told, and how staff look after them.
type Subscribers interface {
	// ListSubscribers gives subscribers, oldest first.
	ListSubscribers(ctx context.Context, q SubscriberQuery) ([]notify.Subscription, error)
	// CountSubscribers counts them by channel and state.
	CountSubscribers(ctx context.Context) ([]SubscriberCount, error)
	// ListSuppressions gives addresses that are left alone, newest first:
	// those after a place in the list, or from its beginning.
	ListSuppressions(ctx context.Context, before time.Time, hash string, most int) ([]notify.Suppression, error)
	// LookAfter does one thing, with its entry in the audit trail, which names
	// no address. What is wrong with it is an *incident.Refusal.
	LookAfter(ctx context.Context, who access.Principal, order SubscriberOrder) (SubscriberAnswer, error)
}

// SubscriberQuery narrows a list of subscribers; empty fields do not.
type SubscriberQuery struct {
	Channel string
	State   notify.SubscriptionState
	Source  notify.Source
	After   string // the id of the last of the part before
	Most    int
}

// SubscriberCount is how many subscribers stand alike.
type SubscriberCount struct {
	Channel string
	State   notify.SubscriptionState
	Count   int
}

// What can be done about subscribers.
const (
	AddSubscriber     = "add"
	ChangeSubscriber  = "change"
	EndSubscriber     = "end"
	ImportSubscribers = "import"
	SuppressAddress   = "suppress"
	AllowAddress      = "allow"
	ShowPerson        = "data"
	ErasePerson       = "erase"
)

// SubscriberOrder is one thing to do about subscribers. Which fields count
// depends on Verb.
type SubscriberOrder struct {
	Verb      string        `json:"verb"`
	ID        string        `json:"id,omitempty"`      // change, end
	Channel   string        `json:"channel,omitempty"` // add, suppress, allow, data, erase
	Address   string        `json:"address,omitempty"`
	Name      string        `json:"name,omitempty"` // add, change
	Wishes    notify.Wishes `json:"wishes,omitzero"`
	Confirmed bool          `json:"confirmed,omitempty"` // add: they agreed, and it can be shown
	Suppress  bool          `json:"suppress,omitempty"`  // end, erase: nothing is ever sent to the address again
	CSV       string        `json:"csv,omitempty"`       // import
}

// SubscriberAnswer is what came of it.
type SubscriberAnswer struct {
	ID      string          `json:"id,omitempty"`
	Outcome string          `json:"outcome"`
	Added   int             `json:"added,omitempty"`
	Changed int             `json:"changed,omitempty"`
	Left    int             `json:"left,omitempty"` // alone: they said no
	Data    *SubscriberData `json:"data,omitempty"`
}

// SubscriberData is all that is held about an address.
type SubscriberData struct {
	Subscription *notify.PersonalData `json:"subscription,omitempty"`
	Suppressed   notify.EndReason     `json:"suppressed,omitempty"`
	Reports      []PersonalReport     `json:"reports"`
}

// PersonalReport is what somebody reported under an address.
type PersonalReport struct {
	ID        string    `json:"id"`
	Component string    `json:"component"`
	At        time.Time `json:"at"`
	Text      string    `json:"text"`
}

// mostExported is how many subscribers one part of an export has.
const mostExported = 5000

// subscribers is the part of the table that looks after subscribers.
func (a *API) subscribers() []Operation {
	return []Operation{
		read("/api/v1/subscribers", access.ReadSubscribers, "Who subscribes, oldest first. Their addresses are shown to an editor, to others enough of them to know one again.", a.listSubscribers),
		read("/api/v1/subscribers/counts", access.ReadSubscribers, "How many subscribe, by channel and state.", a.countSubscribers),
		read("/api/v1/subscribers/export", access.ReadAddresses, "Subscribers as CSV that can be imported again, oldest first.", a.exportSubscribers),
		write("/api/v1/subscribers", access.WriteSubscribers, "Add a subscriber, or change the one with this address. Who has not confirmed gets a message that asks for it.", a.addSubscriber),
		write("/api/v1/subscribers/import", access.WriteSubscribers, "Add subscribers from CSV. Nobody who ended a subscription comes back by it.", a.importSubscribers),
		write("/api/v1/subscribers/data", access.WriteSubscribers, "All that is held about one address, for its person.", a.showPerson),
		write("/api/v1/subscribers/erase", access.WriteSubscribers, "Delete all that is held about one address.", a.erasePerson),
		write("/api/v1/subscribers/{id}", access.WriteSubscribers, "Change what a subscriber hears, all of it: what is left out is as if it were new.", a.changeSubscriber),
		write("/api/v1/subscribers/{id}/end", access.WriteSubscribers, "End a subscription.", a.endSubscriber),
		read("/api/v1/suppressions", access.ReadSubscribers, "Addresses that are left alone, newest first, as hashes.", a.listSuppressions),
		write("/api/v1/suppressions", access.WriteSubscribers, "Never send anything to an address again.", a.suppress),
		write("/api/v1/suppressions/remove", access.WriteSubscribers, "No longer leave an address alone. It is subscribed to nothing by that.", a.allow),
	}
}

type subscribersAsked struct {
	paging
	Channel string `query:"channel" words:"email,sms,webhook,slack,teams,discord"`
	State   string `query:"state" words:"pending,confirmed,ended"`
	Source  string `query:"source" words:"self,import,staff" doc:"How the address came to us."`
}

type subscriberRow struct {
	ID          string   `json:"id"`
	Channel     string   `json:"channel" words:"email,sms,webhook,slack,teams,discord"`
	Address     string   `json:"address" doc:"Whole for an editor; empty once it was deleted."`
	Name        string   `json:"name,omitempty" doc:"For an editor."`
	State       string   `json:"state" words:"pending,confirmed,ended"`
	Components  []string `json:"components" doc:"Empty: all."`
	Incident    string   `json:"incident,omitempty" doc:"The only one that they hear of."`
	Severity    string   `json:"severity,omitempty" words:"P1,P2,P3,P4" doc:"This one and worse; without it all."`
	Updates     string   `json:"updates" words:"all,edges"`
	Maintenance bool     `json:"maintenance"`
	Language    string   `json:"language,omitempty"`
	Source      string   `json:"source" words:"self,import,staff"`
	Created     Time     `json:"created"`
	Confirmed   Time     `json:"confirmed,omitzero"`
	Ended       Time     `json:"ended,omitzero"`
	Reason      string   `json:"reason,omitempty" doc:"Why it ended."`
}

func (a *API) listSubscribers(ctx context.Context, call Call, asked subscribersAsked) (page[subscriberRow], error) {
	q := SubscriberQuery{Channel: asked.Channel, State: notify.SubscriptionState(asked.State), Source: notify.Source(asked.Source), Most: asked.Limit + 1}
	place, err := asked.parts(1)
	if err != nil {
		return page[subscriberRow]{}, err
	}
	if place != nil {
		q.After = place[0]
	}
	found, err := a.Subscribers.ListSubscribers(ctx, q)
	if err != nil {
		return page[subscriberRow]{}, err
	}
	whole := call.Who.May(access.ReadAddresses)
	row := func(s *notify.Subscription) subscriberRow { return subscriberOf(s, whole) }
	return cut(found, asked.Limit, row, func(s *notify.Subscription) []string { return []string{s.ID} }), nil
}

func subscriberOf(s *notify.Subscription, whole bool) subscriberRow {
	row := subscriberRow{
		ID: s.ID, Channel: s.Channel, Address: s.Address, Name: s.Name, State: string(s.State()), Components: append([]string{}, s.Components...),
		Incident: s.Incident, Updates: "all", Maintenance: s.Maintenance, Language: s.Language, Source: string(s.Source),
		Created: Time{s.Created}, Confirmed: Time{s.Confirmed}, Ended: Time{s.Ended}, Reason: string(s.Reason),
	}
	if !whole {
		row.Name = ""
		row.Address = notify.MaskAddress(s.Address)
	}
	if s.Severity != 0 {
		row.Severity = s.Severity.String()
	}
	if s.Edges {
		row.Updates = "edges"
	}
	return row
}

type subscriberCount struct {
	Channel string `json:"channel"`
	State   string `json:"state" words:"pending,confirmed,ended"`
	Count   int    `json:"count"`
}

func (a *API) countSubscribers(ctx context.Context, _ Call, _ nothing) (page[subscriberCount], error) {
	counts, err := a.Subscribers.CountSubscribers(ctx)
	var rows []subscriberCount
	for _, c := range counts {
		rows = append(rows, subscriberCount{c.Channel, string(c.State), c.Count})
	}
	return whole(rows), err
}

type exportAsked struct {
	Cursor string `query:"cursor" longest:"400" doc:"The next of the part before; empty: the first part."`
}

type exportRow struct {
	CSV  string `json:"csv" doc:"With a header. Those who ended are not in it."`
	Next string `json:"next,omitempty" doc:"The cursor of the next part; without one this is the end."`
}

func (a *API) exportSubscribers(ctx context.Context, _ Call, asked exportAsked) (exportRow, error) {
	q := SubscriberQuery{Most: mostExported + 1}
	place, err := (&paging{Cursor: asked.Cursor}).parts(1)
	if err != nil {
		return exportRow{}, err
	}
	if place != nil {
		q.After = place[0]
	}
	found, err := a.Subscribers.ListSubscribers(ctx, q)
	if err != nil {
		return exportRow{}, err
	}
	row := exportRow{}
	if len(found) > mostExported {
		found = found[:mostExported]
		row.Next = encodeCursor(found[mostExported-1].ID)
	}
	row.CSV, err = notify.WriteSubscribers(found)
	return row, err
}

type suppressionRow struct {
	Hash    string `json:"hash" doc:"Of channel and address, with the server's key."`
	Channel string `json:"channel"`
	Reason  string `json:"reason" words:"unsubscribed,stop,bounced,complaint,failing,staff,never,erased,over"`
	Hard    bool   `json:"hard" doc:"Nothing at all is sent; else no import and no staff brings the address back, but its person may."`
	At      Time   `json:"at"`
}

func (a *API) listSuppressions(ctx context.Context, _ Call, asked paging) (page[suppressionRow], error) {
	place, err := asked.parts(2)
	if err != nil {
		return page[suppressionRow]{}, err
	}
	before, hash := time.Time{}, ""
	if place != nil {
		if before, err = time.Parse(stamp, place[0]); err != nil {
			return page[suppressionRow]{}, badCursor()
		}
		hash = place[1]
	}
	found, err := a.Subscribers.ListSuppressions(ctx, before, hash, asked.Limit+1)
	if err != nil {
		return page[suppressionRow]{}, err
	}
	row := func(s *notify.Suppression) suppressionRow {
		return suppressionRow{Hash: s.Hash, Channel: s.Channel, Reason: string(s.Reason), Hard: s.Hard, At: Time{s.At}}
	}
	return cut(found, asked.Limit, row, func(s *notify.Suppression) []string { return []string{s.At.UTC().Format(stamp), s.Hash} }), nil
}

// wishesAsked are what a subscriber hears.
type wishesAsked struct {
	Name        string   `json:"name,omitempty"`
	Components  []string `json:"components,omitempty" doc:"Empty: all."`
	Incident    string   `json:"incident,omitempty" doc:"The only one."`
	Severity    string   `json:"severity,omitempty" words:"P1,P2,P3,P4" doc:"This one and worse; without it all."`
	Updates     string   `json:"updates,omitempty" words:"all,edges" doc:"edges: only beginning, worsening and end. Without it edges for sms, else all."`
	Maintenance bool     `json:"maintenance,omitempty"`
	Language    string   `json:"language,omitempty"`
}

var severityNamed = map[string]incident.Severity{"": 0, "P1": incident.P1, "P2": incident.P2, "P3": incident.P3, "P4": incident.P4}

func (w *wishesAsked) wishes(channel string) notify.Wishes {
	return notify.Wishes{
		Components: w.Components, Incident: w.Incident, Severity: severityNamed[w.Severity], Maintenance: w.Maintenance, Language: w.Language,
		Edges: w.Updates == "edges" || w.Updates == "" && channel == "sms",
	}
}
