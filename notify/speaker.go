package notify

import (
	"cmp"
	"slices"
	"time"

	"daymark/incident"
	"daymark/internal/lang"
	"daymark/internal/prose"
)

// goesOn says whether an incident ended only because it became part of
// another one: nothing of it works again for that.
func goesOn(d *Delivery) bool {
	return d.Update.Kind == incident.Ended && d.Incident.Care.MergedInto != ""
}

// speaker says what deliveries tell, in one language.
type speaker struct {
	*lang.Language
	r       *Renderer
	wording incident.Wording
}

func (r *Renderer) speakerIn(tag string) *speaker {
	s := &speaker{Language: lang.Or(tag), r: r}
	s.wording = incident.Wording{Language: s.Language, Zone: r.opts.Page.Zone, Component: s.name, Region: r.region, Place: r.place, Kept: s.Tag == r.opts.Language}
	return s
}

// speaker gives that of a subscriber's language, or else the page's first.
func (r *Renderer) speaker(language string) *speaker {
	if s := r.speakers[language]; s != nil {
		return s
	}
	return r.speakers[r.opts.Language]
}

func (s *speaker) name(component string) string {
	c, known := s.r.names[component]
	if !known {
		return component
	}
	return oneLine(cmp.Or(c.Names[s.Tag], c.Name), maxName)
}

// clock writes a time of day in the page's zone, with the date unless it is
// today.
func (s *speaker) clock(at time.Time) string {
	return s.Clock(at, s.r.opts.Now(), s.r.opts.Page.Zone)
}

// zoned is a clock with the page's zone: "14:30 London time".
func (s *speaker) zoned(at time.Time) string {
	return s.clock(at) + " " + s.Zone(s.r.opts.Page.Zone, at)
}

// at fills a message with one time.
func (s *speaker) at(id, clock string) string { return s.Text(id, lang.Values{"time": clock}) }

// sentence says what is the matter, or that it is over.
func (s *speaker) sentence(d *Delivery) string {
	if d.Update.Kind != incident.Ended {
		return oneLine(s.wording.Sentence(&d.Incident), maxSentence)
	}
	var names []string
	for _, a := range s.r.affected(d) {
		names = append(names, s.name(a.Component))
	}
	switch {
	case goesOn(d) && len(names) == 0:
		return s.Text("notify.goes-on", nil)
	case goesOn(d):
		return s.Text("notify.goes-on-of", lang.Values{"names": s.Few(names, 2)})
	case len(names) == 0:
		return s.Text("notify.all-works-again", nil)
	}
	return s.Count("notify.works-again", len(names), lang.Values{"names": s.Few(names, 2)})
}

// headline adds to a sentence whether it is over or back.
func (s *speaker) headline(d *Delivery, sentence string) string {
	switch {
	case goesOn(d):
	case d.Update.Kind == incident.Ended:
		return s.Text("notify.over", lang.Values{"sentence": sentence})
	case d.Update.Kind == incident.Reopened:
		return s.Text("notify.back", lang.Values{"sentence": sentence})
	}
	return sentence
}

// subject says what, and when the next word comes.
func (s *speaker) subject(d *Delivery, sentence string) string {
	subject := s.headline(d, sentence)
	if d.Update.Kind == incident.Ended {
		return subject
	}
	comma := s.Text("list.comma", nil)
	before := ": "
	switch d.Update.Phase {
	case incident.Identified:
		subject, before = subject+before+s.Text("notify.cause-found", nil), comma
	case incident.Monitoring:
		subject, before = subject+before+s.Text("notify.watched", nil), comma
	}
	if !d.Update.NextBy.IsZero() {
		subject += before + s.at("notify.next-short", s.clock(d.Update.NextBy))
	}
	return subject
}

func (s *speaker) paragraphs(u *incident.Update) []string {
	text := s.wording.Text(u)
	if !u.Measured() {
		text = prose.Text(text)
	}
	all := split(text)
	if u.Auto {
		all = append(all, s.Text("notify.auto", nil))
	}
	return all
}

func (s *speaker) sentLine(d *Delivery) string {
	line := s.Text("notify.sent", lang.Values{"time": s.clock(s.r.opts.Now()), "number": s.Number(d.Update.Number)})
	if !d.Update.Promised.IsZero() {
		line += " " + s.at("notify.promised", s.clock(d.Update.Promised))
	}
	return line
}

// why says why they get this.
func (s *speaker) why(d *Delivery) string {
	id, values := "notify.why-all", lang.Values{"address": d.Subscriber.Address}
	switch {
	case d.Subscriber.Incident != "" && d.Subscriber.Edges:
		return s.Text("notify.why-one-edges", values)
	case d.Subscriber.Incident != "":
		return s.Text("notify.why-one", values)
	case d.Subscriber.Edges:
		id = "notify.why-edges"
	}
	if len(d.Subscriber.Components) > 0 {
		var names []string
		for _, c := range d.Subscriber.Components {
			names = append(names, s.name(c))
		}
		id, values["names"] = id+"-on", s.List(names)
	}
	return s.Text(id, values)
}

// state says how a component is.
func (s *speaker) state(a incident.Affected) string {
	switch {
	case a.Status == incident.Unmeasured:
		return s.Text("notify.unmeasured", nil)
	case a.Status.Badness() > 0:
		return s.at(sinceIDs[a.Status], s.clock(a.From))
	case !a.Until.IsZero():
		return s.at("notify.working-since", s.clock(a.Until))
	}
	return s.Text("notify.working", nil)
}

var sinceIDs = map[incident.Status]string{
	incident.Slow: "notify.slow-since", incident.PartlyDown: "notify.partly-since", incident.Down: "notify.down-since",
}

// follow names the link to an incident.
func (s *speaker) follow(d *Delivery) string {
	if d.Update.Kind == incident.Ended && !goesOn(d) {
		return s.Text("notify.happened", nil)
	}
	return s.Text("notify.follow", nil)
}

// affected is the incident's components in the page's order.
func (r *Renderer) affected(d *Delivery) []incident.Affected {
	all := slices.Clone(d.Incident.Affected)
	slices.SortStableFunc(all, func(a, b incident.Affected) int { return cmp.Compare(r.place(a.Component), r.place(b.Component)) })
	return all
}
