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
	Rows       []CardRow // the components
	NextBy     string    // "Next update by 14:30 London time."; empty: none is promised
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
	s := r.speaker(d.Subscriber.Language)
	c := &Card{
		Title: s.subject(d, s.sentence(d)), Paragraphs: s.paragraphs(&d.Update), Status: worst(d),
		Link: r.link(d.Incident.ID), LinkText: s.follow(d),
		Incident: d.Incident, Update: d.Update, Page: r.opts.Page, Sent: r.opts.Now(),
	}
	for _, a := range r.affected(d) {
		c.Rows = append(c.Rows, CardRow{
			ID: a.Component, Name: s.name(a.Component), State: s.state(a), Sign: looks(a.Status).Sign, Status: a.Status,
		})
	}
	if d.Update.Kind != incident.Ended && !d.Update.NextBy.IsZero() {
		c.NextBy = s.at("notify.next-by", s.zoned(d.Update.NextBy))
	}
	if r.opts.Manage != nil && d.Subscriber.ID != "" {
		c.Manage = r.opts.Manage(d.Subscriber.ID)
	}
	return c
}
