package statuspage

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/lang"
	"daymark/internal/prose"
)

// Layout is what a page shows that does not change while the program runs:
// the configuration's part of it.
type Layout struct {
	speech
	Options    PageOptions
	Groups     []incident.Group
	Components []incident.Component
	Regions    []incident.Region
	SLAs       []incident.SLA
	Zone       *time.Location // of the page's times
	lease      time.Duration  // of the agents of a region
}

// newLayout checks the parts and loads the zone.
func newLayout(p Params) (*Layout, error) {
	if p.Options.Name == "" {
		return nil, errors.New("the page has no name")
	}
	at, err := url.Parse(p.Options.URL)
	if err != nil || at.Host == "" {
		return nil, fmt.Errorf("the page's url %q is no address such as https://status.example.org", p.Options.URL)
	}
	zone, err := time.LoadLocation(p.Options.Timezone)
	if err != nil {
		return nil, fmt.Errorf("load the page's time zone: %w", err)
	}
	return &Layout{speech: speech{lang.Or(p.Language)}, Options: p.Options, Groups: p.Groups, Components: p.Components, Regions: p.Regions, SLAs: p.SLAs, Zone: zone, lease: p.Lease}, nil
}

// wording says incidents in the page's language.
func (l *Layout) wording() *incident.Wording {
	return &incident.Wording{
		Language: l.Language, Zone: l.Zone, Component: l.name, Region: l.region,
		Place: func(id string) int {
			return slices.IndexFunc(l.Components, func(c incident.Component) bool { return c.ID == id })
		},
		Kept: len(l.Options.Languages) == 0 || l.Options.Languages[0] == l.Tag,
	}
}

// called names an incident: as the person did who opened it, or by what users
// notice.
func (l *Layout) called(i *incident.Incident) string { return l.wording().Sentence(i) }

// speaking gives a layout that speaks English where it has no language.
func (l *Layout) speaking() *Layout {
	if l.Language != nil {
		return l
	}
	english := *l
	english.Language = lang.English()
	return &english
}

// said gives an update in plain words and for the page. What Daymark itself
// measured is not Markdown, whatever the names in it hold.
func (l *Layout) said(u *incident.Update) (string, template.HTML) {
	text := l.wording().Text(u)
	if u.Measured() {
		return text, l.own(text)
	}
	return prose.Text(text), l.written(text)
}

// own gives words of Daymark's for the page. They are in its language and so
// in its direction, also where a name in other letters stands first.
func (l *Layout) own(text string) template.HTML { return wrap(` dir="`+l.Dir()+`"`, prose.Plain(text)) }

// written gives what a person wrote for the page. They write in the page's
// first language, so in an edition of another it is said which that is.
func (l *Layout) written(text string) template.HTML {
	attributes := ` dir="auto"`
	if len(l.Options.Languages) > 0 && l.Options.Languages[0] != l.Tag {
		attributes += ` lang="` + template.HTMLEscapeString(l.Options.Languages[0]) + `"`
	}
	return wrap(attributes, prose.HTML(text))
}

// wrap keeps a text together; attributes are escaped.
func wrap(attributes string, html template.HTML) template.HTML {
	if html == "" {
		return ""
	}
	return `<div class="prose"` + template.HTML(attributes) + `>` + html + `</div>` //nolint:gosec // escaped by those who call
}

// section is a heading with its components, in the order of the page.
type section struct {
	group      *incident.Group // nil: components without a group
	components []incident.Component
}

// sections puts components under their groups; those without one come last.
// A group without components is left out.
func (l *Layout) sections() []section {
	var all []section
	known := map[string]bool{}
	for i := range l.Groups {
		s := section{group: &l.Groups[i]}
		known[l.Groups[i].ID] = true
		for _, c := range l.Components {
			if c.Group == l.Groups[i].ID {
				s.components = append(s.components, c)
			}
		}
		if len(s.components) > 0 {
			all = append(all, s)
		}
	}
	var loose section
	for _, c := range l.Components {
		if !known[c.Group] {
			loose.components = append(loose.components, c)
		}
	}
	if len(loose.components) > 0 {
		all = append(all, loose)
	}
	return all
}

// component finds a component by its id.
func (l *Layout) component(id string) (incident.Component, bool) {
	at := slices.IndexFunc(l.Components, func(c incident.Component) bool { return c.ID == id })
	if at < 0 {
		return incident.Component{}, false
	}
	return l.Components[at], true
}

// name gives a component's name; one that left the configuration keeps its id.
func (l *Layout) name(id string) string {
	if c, found := l.component(id); found {
		return cmp.Or(c.Names[l.Tag], c.Name)
	}
	return id
}

// region gives a region's name.
func (l *Layout) region(id string) string {
	for _, r := range l.Regions {
		if r.ID == id && r.Name != "" {
			return r.Name
		}
	}
	return id
}

// shows says whether a component publishes something; uptime alone is the
// default.
func shows(c incident.Component, what string) bool {
	if len(c.Show) == 0 {
		return what == "uptime"
	}
	return slices.Contains(c.Show, what)
}

// nextCheck is how long it is until a component's first check runs, and
// whether that is known: a heartbeat is not ours to run.
func nextCheck(c incident.Component, now time.Time) (time.Duration, bool) {
	soonest, known := time.Duration(0), false
	for _, check := range c.Checks {
		schedule, err := checker.ParseSchedule(check.Schedule)
		if err != nil {
			continue // none, or a heartbeat; the configuration has refused wrong ones
		}
		if d := schedule.Next(now).Sub(now); !known || d < soonest {
			soonest, known = d, true
		}
	}
	// Counted up to whole units, so that it is never promised too soon.
	if unit := time.Minute; soonest > unit {
		soonest = (soonest + unit - 1).Truncate(unit)
	} else {
		soonest = max(time.Second, (soonest + time.Second - 1).Truncate(time.Second))
	}
	return soonest, known
}
