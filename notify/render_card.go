package notify

import (
	"time"

	"daymark/incident"
)

// Card is an update as a chat or a webhook shows it: parts, which each channel
// puts in its own form.
type Card struct {
	Title      string   // one line
	Paragraphs []string // plain text
	Status     incident.Status
	Look       Look
	Rows       []CardRow // the components
	NextBy     string    // "14:30 London time"; empty: no update is promised
	Link       string    // of the incident
	LinkText   string
	Manage     string // where the subscriber manages the subscription; empty: nowhere
	Incident   incident.Incident
	Update     incident.Update
	Page       PageInfo
	Sent       time.Time
}

// carded are the channels that get a card.
var carded = []string{"webhook", "slack", "teams", "discord"}

// CardRow is one component.
type CardRow struct {
	ID, Name, State, Sign string
	Status                incident.Status
}

func (r *Renderer) card(d *Delivery) *Card {
	sentence := r.sentence(d)
	c := &Card{
		Title: r.subject(d, sentence), Paragraphs: paragraphs(d.Update), Status: worst(d),
		Look: shownAs(looks(worst(d))), Link: r.link(d.Incident.ID), LinkText: "Follow it live",
		Incident: d.Incident, Update: d.Update, Page: r.opts.Page, Sent: r.opts.Now(),
	}
	for _, a := range r.affected(d) {
		c.Rows = append(c.Rows, CardRow{
			ID: a.Component, Name: r.name(a.Component), State: r.state(a), Sign: looks(a.Status).Sign, Status: a.Status,
		})
	}
	if d.Update.Kind == incident.Ended {
		c.LinkText = "What happened"
	} else if !d.Update.NextBy.IsZero() {
		c.NextBy = r.clock(d.Update.NextBy) + " " + r.zone(d.Update.NextBy)
	}
	if r.opts.Manage != nil && d.Subscriber.ID != "" {
		c.Manage = r.opts.Manage(d.Subscriber)
	}
	return c
}

// Look is how a message is marked in a list.
type Look struct {
	Colour string // #rrggbb
	Sign   string // one sign, drawn as text
}

func shownAs(l look) Look { return Look{Colour: l.Colour, Sign: l.Sign} }

// Look is how a notice is marked.
func (n *Notice) Look() Look { return shownAs(noticeLook(n)) }
