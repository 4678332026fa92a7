package statuspage

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"daymark/incident"
	"daymark/internal/web"
)

// workPage is what the page of one maintenance says.
type workPage struct {
	Frame      frame
	ID         string
	Status     incident.Status
	Name       string
	Open       bool
	Follow     Line
	Lasted     string
	When       string
	WhenISO    string // from and to, with a slash between
	Of         string
	Components []ComponentView // name, and while it is not over status and word
	Next       []nextTime      // of the rule that it follows from
	Calendar   string
	Subscribe  string // the form, with what this is of
	Log        []logEntry
	LogOf      string // the city of the page's zone
}

// nextTime is when a recurring maintenance comes again.
type nextTime struct{ Text, ISO string }

// mostNext is how many times of a recurring maintenance are said.
const mostNext = 5

// viewMaintenance says one maintenance in words.
func (p *Page) viewMaintenance(m *incident.PlannedMaintenance, snapshot *Snapshot, now time.Time) *workPage {
	l := p.layout
	b := &builder{Layout: l, snapshot: snapshot, now: now}
	v := &workPage{
		ID: m.ID, Status: incident.Operational, Name: m.Title, Open: !m.Ended(),
		When: l.workSpan(m.Starts, workOver(m)), WhenISO: iso(m.Starts) + "/" + iso(workOver(m)),
		Of: b.plannedOf(b.componentNames(m.Components), m.Stage), Calendar: p.inOwnLanguage(maintenancePath(m.ID) + ".ics"), LogOf: city(l.Zone),
	}
	switch m.Stage {
	case incident.Scheduled:
		v.Follow = l.place("work-to-come", l.clockLong(m.Starts, l.Zone))
	case incident.InProgress:
		v.Status, v.Follow = incident.Maintenance, l.place("work-going", l.clockToday(m.Ends, now, l.Zone))
	case incident.Verifying:
		v.Status, v.Follow = incident.Maintenance, plain(l.sentence("maintenance-verifying"))
	case incident.Completed:
		v.Follow = l.place("work-done", l.clockLong(m.Over, l.Zone))
		v.Lasted = l.lasted(m.Over.Sub(m.Began))
		v.Of = ""
	case incident.Cancelled:
		v.Follow, v.Of = plain(l.sentence("maintenance-cancelled")), ""
	}
	for _, id := range m.Components {
		if _, known := l.component(id); known {
			one := ComponentView{ID: id, Name: l.name(id), Link: l.linkOf(id)}
			if v.Open {
				one.Status = b.status(id)
				one.Word = l.statusWord(one.Status)
			}
			v.Components = append(v.Components, one)
		}
	}
	v.Subscribe = "/subscribe"
	if len(v.Components) > 0 {
		v.Subscribe += "?" + url.Values{"component": ids(v.Components)}.Encode()
	}
	for _, starts := range p.coming(m.Rule, m.Starts, now) {
		v.Next = append(v.Next, nextTime{Text: l.clockLong(starts, l.Zone).Text, ISO: iso(starts)})
	}
	for _, u := range l.workUpdates(m) {
		e := logEntry{
			ID: "step-" + strings.Map(plainRunes, u.key), Heading: l.stageHeading(&u), HTML: l.own(u.text), City: v.LogOf,
			At: Moment{ISO: iso(u.at), Text: u.at.In(l.Zone).Format("15:04")},
		}
		if u.stage == incident.Scheduled && !u.moved {
			e.HTML = l.written(m.Text)
		}
		if sinceDays(u.at.In(l.Zone), now.In(l.Zone)) != 0 {
			e.Day = l.dateOf(u.at, l.Zone).Text
		}
		v.Log = append(v.Log, e)
	}
	return v
}

func ids(components []ComponentView) []string {
	var all []string
	for _, c := range components {
		all = append(all, c.ID)
	}
	return all
}

// plainRunes keeps what may stand in an id.
func plainRunes(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return '-'
}

// coming lists the times of a recurring maintenance after one of its own.
func (p *Page) coming(rule string, after, now time.Time) []time.Time {
	for _, r := range p.recurring {
		if rule == "" || r.ID != rule {
			continue
		}
		if now.After(after) {
			after = now
		}
		starts, _ := r.Next(after, mostNext+1) // one that goes on at that moment is among them
		for len(starts) > 0 && !starts[0].After(after) {
			starts = starts[1:]
		}
		return starts[:min(mostNext, len(starts))]
	}
	return nil
}

// addRecurring makes the rules of recurring maintenance ready.
func (p *Page) addRecurring(rules []incident.Recurring) error {
	for _, rule := range rules {
		r, err := incident.NewRecurrence(rule, p.layout.Zone)
		if err != nil {
			return fmt.Errorf("maintenance %s: %w", rule.ID, err)
		}
		p.recurring = append(p.recurring, r)
	}
	return nil
}

// serveMaintenance serves the page of one maintenance, and its calendar under
// the same address with .ics.
func (p *Page) serveMaintenance() http.Handler {
	page := p.choosing(http.HandlerFunc(p.serveWork))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id, found := strings.CutSuffix(r.PathValue("id"), ".ics"); found {
			p.serveCalendarOf(w, r, id)
			return
		}
		page.ServeHTTP(w, r)
	})
}

func (p *Page) serveWork(w http.ResponseWriter, r *http.Request) {
	id, chosen := r.PathValue("id"), theme(r)
	current, err := p.latest(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	key := chosen + " maintenance " + id
	if body := p.incidents.get(current, key); body != nil {
		body.ServeHTTP(w, r)
		return
	}
	m, err := p.source.Maintenance(r.Context(), id)
	if err != nil {
		p.failMaintenance(w, r, err)
		return
	}
	v := p.viewMaintenance(m, current.snapshot, p.now())
	v.Frame = p.frame(chosen, v.Status)
	v.Frame.Title, v.Frame.Own, v.Frame.Version = strings.TrimSuffix(v.Name, "."), p.layout.Zone.String(), current.number()
	if v.Open {
		v.Frame.Mode, v.Frame.Live = "whole", true
	}
	v.Frame.Share = p.sharedLike(maintenancePath(id), p.layout.described(strings.TrimSuffix(v.Name, ".")+".", v.Follow), current)
	v.Frame.Share.Data = p.maintenanceData(m, v.Name)
	html, err := p.layout.execute("maintenance", v)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	body := web.NewBody(web.BodyOptions{Type: "text/html; charset=utf-8", Vary: vary}, html)
	p.incidents.put(current, key, body)
	body.ServeHTTP(w, r)
}

// failMaintenance answers what did not work.
func (p *Page) failMaintenance(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, ErrNotFound) {
		p.errors.Write(w, r, http.StatusNotFound, p.layout.sentence("no-such-maintenance"))
		return
	}
	p.fail(w, r, err)
}

// inOwnLanguage is an address of something that programs read, in this page's
// language.
func (p *Page) inOwnLanguage(path string) string {
	if languages := p.layout.Options.Languages; len(languages) == 0 || languages[0] == p.layout.Tag {
		return path
	}
	join := "?"
	if strings.Contains(path, "?") {
		join = "&"
	}
	return path + join + languageCookie + "=" + p.layout.Tag
}
