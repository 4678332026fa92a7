package statuspage

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"daymark/incident"
)

// share is what other sites and search engines are told of a page.
type share struct {
	Canonical   string // its address, in this language where there are several
	Bare        string // its address, whatever the language
	Alternates  []alternate
	Type        string // website or article
	Description string
	Card        string // address of a picture
	CardSays    string
	Locale      string
	Data        any // schema.org, as JSON-LD
}

// alternate is the same page in another language.
type alternate struct{ Tag, To string }

// languageQuery chooses a language by the address alone, as search engines
// need it: unlike ?lang= it is not remembered.
const languageQuery = "in"

// shared tells of a page at a path of ours. Card is the incident that its card
// is of; empty: the overview's.
func (p *Page) shared(path, kind, description, cardOf, cardSays string, version int64) *share {
	o := p.layout.Options
	s := &share{
		Bare: o.URL + path, Canonical: o.URL + path, Type: kind, Description: description, CardSays: cardSays,
		Card: fmt.Sprintf("%s%s?v=%d", o.URL, cardPath(p.layout.Tag, cardOf), version), Locale: strings.ReplaceAll(p.layout.Tag, "-", "_"),
	}
	if len(o.Languages) > 1 {
		to := func(tag string) string { return s.Bare + "?" + url.Values{languageQuery: {tag}}.Encode() }
		s.Canonical = to(p.layout.Tag)
		for _, tag := range o.Languages {
			s.Alternates = append(s.Alternates, alternate{tag, to(tag)})
		}
		s.Alternates = append(s.Alternates, alternate{"x-default", s.Bare})
	}
	return s
}

// sharedLike tells of a page that has no card of its own: it has the overview's.
func (p *Page) sharedLike(path, description string, now *rendering) *share {
	return p.shared(path, "website", description, "", now.view.Say.Sentence, now.number())
}

// described is a sentence with what follows it.
func (l *Layout) described(sentence string, follow Line) string {
	return strings.TrimSpace(sentence + " " + follow.String())
}

// thing is an object of schema.org.
type thing map[string]any

func (p *Page) organisation() thing {
	o := p.layout.Options
	all := thing{"@type": "Organization", "name": o.Name, "url": o.URL + "/"}
	if p.brand.logo != "" {
		all["logo"] = o.URL + p.brand.logo
	}
	return all
}

// crumbs lead from the overview to a page: pairs of a name and a path.
func (p *Page) crumbs(pairs ...string) thing {
	var all []thing
	for i := 0; i+1 < len(pairs); i += 2 {
		all = append(all, thing{"@type": "ListItem", "position": i/2 + 1, "name": pairs[i], "item": p.layout.Options.URL + pairs[i+1]})
	}
	return thing{"@type": "BreadcrumbList", "itemListElement": all}
}

func graph(things ...thing) thing {
	return thing{"@context": "https://schema.org", "@graph": things}
}

// overviewData tells of the overview.
func (p *Page) overviewData(r *rendering) thing {
	o := p.layout.Options
	return graph(thing{
		"@type": "WebPage", "@id": o.URL + "/", "url": o.URL + "/", "name": r.view.Title, "description": r.view.Say.Sentence,
		"inLanguage": p.layout.Tag, "dateModified": stamp(r.updated()), "publisher": p.organisation(),
	})
}

// incidentData tells of an incident as a blog that is written live, which is
// what its updates are.
func (p *Page) incidentData(record *IncidentRecord, card string) thing {
	i, o := &record.Incident, p.layout.Options
	at := o.URL + incidentPath(i.ID)
	name := strings.TrimSuffix(p.layout.called(i), ".")
	var posts []thing
	for _, u := range slices.Backward(i.Updates) {
		posts = append(posts, thing{
			"@type": "BlogPosting", "headline": p.layout.phaseWord(&u), "articleBody": p.layout.wording().Text(&u), "url": fmt.Sprintf("%s#update-%d", at, u.Number),
			"datePublished": stamp(u.At), "dateModified": stamp(latest(u.At, u.Edited)),
		})
	}
	live := thing{
		"@type": "LiveBlogPosting", "@id": at, "url": at, "headline": name, "inLanguage": p.layout.Tag, "image": card,
		"coverageStartTime": stamp(i.Since), "datePublished": stamp(i.Opened), "dateModified": stamp(latest(i.Opened, i.Updated)),
		"author": p.organisation(), "publisher": p.organisation(), "liveBlogUpdate": posts,
	}
	if posts == nil {
		live["liveBlogUpdate"] = []thing{}
	}
	if !i.Resolved.IsZero() {
		live["coverageEndTime"] = stamp(i.Resolved)
	}
	var about []thing
	for _, a := range i.Affected {
		about = append(about, thing{"@type": "Service", "name": p.layout.name(a.Component)})
	}
	if about != nil {
		live["about"] = about
	}
	return graph(live, p.crumbs(o.Name, "/", p.layout.sentence("history"), "/history", name, incidentPath(i.ID)))
}

// componentData tells of the page of a component.
func (p *Page) componentData(c incident.Component, sentence string, now *rendering) thing {
	o, name := p.layout.Options, p.layout.name(c.ID)
	at := o.URL + componentPath(c.ID)
	return graph(thing{
		"@type": "WebPage", "@id": at, "url": at, "name": name, "description": sentence, "inLanguage": p.layout.Tag,
		"dateModified": stamp(now.updated()), "publisher": p.organisation(), "about": thing{"@type": "Service", "name": name},
	}, p.crumbs(o.Name, "/", name, componentPath(c.ID)))
}

// maintenanceData tells of a maintenance as an event.
func (p *Page) maintenanceData(m *incident.PlannedMaintenance, name string) thing {
	o := p.layout.Options
	at := o.URL + maintenancePath(m.ID)
	event := thing{
		"@type": "Event", "@id": at, "url": at, "name": name, "inLanguage": p.layout.Tag, "startDate": stamp(m.Starts), "endDate": stamp(workOver(m)),
		"eventStatus": "https://schema.org/EventScheduled", "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
		"location": thing{"@type": "VirtualLocation", "url": o.URL + "/"}, "organizer": p.organisation(),
	}
	if m.Stage == incident.Cancelled {
		event["eventStatus"] = "https://schema.org/EventCancelled"
	}
	return graph(event, p.crumbs(o.Name, "/", p.layout.sentence("history"), "/history", name, maintenancePath(m.ID)))
}

func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }
