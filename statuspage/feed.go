package statuspage

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"daymark/incident"
	"daymark/internal/lang"
)

// Limits of the feeds.
const (
	mostFeed = 50                  // entries
	feedBack = 90 * 24 * time.Hour // maintenance that was done longer ago is left out
)

// feed is what both kinds of feed say.
type feed struct {
	title   string
	home    string // the page that it is of
	self    string // its own address, without .atom or .rss
	lang    string
	updated time.Time
	entries []feedEntry
}

// feedEntry is an incident or a maintenance.
type feedEntry struct {
	id        string // after the host in an Atom id; it never changes
	title     string
	link      string
	published time.Time // its creation; it never moves
	updated   time.Time
	content   string // HTML
	starts    time.Time
	ends      time.Time // of a maintenance; zero: it is none
}

// feedUpdate is a paragraph of an entry.
type feedUpdate struct {
	label string
	at    time.Time
	text  string
}

// readFeed reads the feed of everything, or of one component.
func (p *Page) readFeed(ctx context.Context, now *rendering, component string) (*feed, error) {
	l := p.layout
	url := l.Options.URL
	f := &feed{title: l.with("feed-title", lang.Values{"name": l.Options.Name}), home: url + "/history", self: url + "/history", lang: l.Tag}
	if component != "" {
		f.title = l.with("feed-title-of", lang.Values{"name": l.Options.Name, "component": l.name(component)})
		f.home = url + past{component: component}.address()
		f.self = url + componentFeed(component)
	}
	found, err := p.source.Past(ctx, Search{Kind: OfIncidents, Component: component, Page: 1})
	if err != nil {
		return nil, err
	}
	maintenances, err := p.source.Maintenances(ctx, p.now().Add(-feedBack))
	if err != nil {
		return nil, err
	}
	b := &builder{Layout: l, snapshot: now.snapshot, now: p.now()}
	for i := range found.Entries {
		if record := found.Entries[i].Incident; record != nil {
			f.entries = append(f.entries, b.feedIncident(record))
		}
	}
	for i := range maintenances {
		if m := &maintenances[i]; component == "" || slices.Contains(m.Components, component) {
			f.entries = append(f.entries, b.feedMaintenance(m))
		}
	}
	slices.SortStableFunc(f.entries, func(a, b feedEntry) int {
		return cmp.Or(b.published.Compare(a.published), strings.Compare(b.id, a.id))
	})
	f.entries = f.entries[:min(len(f.entries), mostFeed)]
	for _, e := range f.entries {
		f.updated = latest(f.updated, e.updated)
	}
	if f.updated.IsZero() {
		f.updated = now.updated()
	}
	return f, nil
}

// feedIncident is the entry of an incident. Its newest paragraph is labelled
// by where it stands, which scrapers read; older ones by "Update" where that
// did not change.
func (b *builder) feedIncident(record *IncidentRecord) feedEntry {
	i := &record.Incident
	e := feedEntry{id: "Incident/" + wireID("incident", i.ID), title: b.called(i), link: b.Options.URL + incidentPath(i.ID), published: i.Opened, updated: i.Opened}
	var updates []feedUpdate
	before := incident.Phase("")
	for n := range i.Updates {
		u := &i.Updates[n]
		label := string(u.Phase)
		if u.Phase == before && n < len(i.Updates)-1 {
			label = "update"
		}
		before = u.Phase
		updates = append(updates, feedUpdate{label: label, at: u.At, text: b.wording().Text(u)})
		e.updated = latest(latest(e.updated, u.At), u.Edited)
	}
	if len(updates) == 0 {
		updates = []feedUpdate{{label: string(i.Phase), at: i.Opened, text: b.doing(i, false).Text}}
	}
	if e.updated = latest(e.updated, i.Resolved); record.Learned != "" && !i.Open() {
		updates = append(updates, feedUpdate{label: "postmortem", at: record.Published, text: record.Learned})
		e.updated = latest(e.updated, record.Published)
	}
	slices.Reverse(updates)
	e.content = b.feedBody(updates, "")
	return e
}

// feedMaintenance is the entry of a maintenance.
func (b *builder) feedMaintenance(m *incident.PlannedMaintenance) feedEntry {
	e := feedEntry{
		id: "Maintenance/" + wireID("maintenance", m.ID), title: m.Title, link: b.Options.URL + maintenancePath(m.ID),
		published: m.Announced, updated: m.Announced, starts: m.Starts, ends: workOver(m),
	}
	var updates []feedUpdate
	for n, u := range b.workUpdates(m) {
		label := string(u.stage)
		if u.moved && n > 0 {
			label = "update"
		}
		updates = append(updates, feedUpdate{label: label, at: u.at, text: u.text})
		e.updated = latest(e.updated, u.at)
	}
	last := b.workSpan(m.Starts, workOver(m))
	if names := b.componentNames(m.Components); len(names) > 0 {
		last += "\n" + b.with("history-work", lang.Values{"names": b.List(names)})
	}
	e.content = b.feedBody(updates, last)
	return e
}

// feedBody writes a paragraph an update, in Statuspage's markup, which readers
// pick apart.
func (b *builder) feedBody(updates []feedUpdate, last string) string {
	var body strings.Builder
	for _, u := range updates {
		local := u.at.In(b.Zone)
		when := html.EscapeString(b.with("feed-when", lang.Values{"month": b.ShortMonth(local), "day": "\x01", "time": "\x02", "zone": local.Format("MST")}))
		when = strings.NewReplacer(
			"\x01", "<var data-var='date'>"+local.Format("2")+"</var>", "\x02", "<var data-var='time'>"+local.Format("15:04")+"</var>",
		).Replace(when)
		fmt.Fprintf(&body, "<p><small>%s</small><br><strong>%s</strong> - %s</p>", when, html.EscapeString(b.sentence("feed-"+u.label)), lines(u.text))
	}
	if last != "" {
		body.WriteString("<p>" + lines(last) + "</p>")
	}
	return body.String()
}

// lines escapes a text of several lines.
func lines(text string) string {
	return strings.ReplaceAll(html.EscapeString(strings.TrimSpace(printable(text))), "\n", "<br>")
}

// printable gives a text as feeds and calendars can carry it: valid UTF-8,
// lines that end in \n, and no control characters.
func printable(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\u0085", "\n").Replace(strings.ToValidUTF8(text, "\uFFFD"))
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < ' ', r >= 0x7f && r < 0xa0, r == '\uFFFE', r == '\uFFFF':
			return -1
		}
		return r
	}, text)
}

// oneLine is printable without line breaks.
func oneLine(text string) string { return strings.Join(strings.Fields(printable(text)), " ") }
