package notify

import (
	"strings"
	"time"

	"daymark/incident"
	"daymark/internal/lang"
)

// Card is an update as a chat or a webhook shows it: parts, which each channel
// puts in its own form.
type Card struct {
	Title      string   // one line
	Paragraphs []string // plain text
	Status     incident.Status
	Look       Look
	Rows       []CardRow   // the components, 20 at most
	More       string      // how many more there are; empty: none
	Entries    []CardEntry // where it tells of several incidents, each of them
	Foot       []string    // when the next update comes, the page, which update it is
	Link       string      // of the incident
	LinkText   string
	ManageText string
	Manage     string // where the subscriber manages the subscription; empty: nowhere
	Incident   incident.Incident
	Update     incident.Update
	Page       PageInfo
	Sent       time.Time
}

// mostRows is how many components a card names; the page has them all.
const mostRows = 20

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
		Look: shownAs(looks(worst(d))), Link: r.follows(d), LinkText: s.follow(d),
		Incident: d.Incident, Update: d.Update, Page: r.opts.Page, Sent: r.opts.Now(),
	}
	for _, a := range r.affected(d) {
		c.Rows = append(c.Rows, CardRow{
			ID: a.Component, Name: s.name(a.Component), State: s.state(a), Sign: looks(a.Status).Sign, Status: a.Status,
		})
	}
	if more := len(c.Rows) - mostRows; more > 0 {
		c.Rows, c.More = c.Rows[:mostRows], s.Count("list.more", more, nil)
	}
	if d.Update.Kind != incident.Ended && !d.Update.NextBy.IsZero() {
		c.Foot = append(c.Foot, strings.TrimSuffix(s.at("notify.next-by", s.zoned(d.Update.NextBy)), "."))
	}
	c.Foot = append(c.Foot, r.opts.Page.Name, s.Text("notify.update-number", lang.Values{"number": s.Number(d.Update.Number)}))
	if r.opts.Manage != nil && d.Subscriber.ID != "" {
		c.ManageText, c.Manage = s.Text("notify.manage", nil), r.opts.Manage(d.Subscriber)
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
