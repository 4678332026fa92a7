package console

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/internal/lang"
	"daymark/statuspage"
	"daymark/support"
)

// roomPage is where two people work on one incident.
type roomPage struct {
	frame
	ID, Say, Severity, Phase string
	Name                     string // as it is written
	Status                   incident.Status
	Since                    instant
	Lasted                   string
	AsOf                     instant
	Public, Open, Warns      bool
	Locked                   bool
	Check                    string // whose warning it is
	Into                     string // the incident that it goes on as part of; empty: none
	Over                     instant
	Acts                     bool // who looks may work on it, and it goes on
	Notes                    bool // they may add to its log
	Edits                    bool // they may put updates right
	Proposes                 bool // they may propose a fix

	Promise *promiseView
	Clocks  []clockView
	Turns   []turnView
	Facts   factsView
	Changes []changeView // what somebody changed before it
	Log     logView
	Roles   []roleView
	Team    string // that it was passed to; empty: it was not
	People  []choice
	Teams   []choice
	Write   writeView
	Others  []choice // other open incidents
	Parts   []choice // its components
}

// instant is a time as machines and as people read it.
type instant struct{ ISO, Text string }

// roomView is what the parts of the room are made of.
type roomView struct {
	site     *Site
	story    *IncidentStory
	who      access.Principal
	now      time.Time
	related  []changeView // what changed that it may come of
	charted  bool         // one of its checks has a chart
	told     int          // how many checks were set out so far
	archives int          // how many were read so far

	onCall map[support.Role]string // whom the rotas have for a role that is free: a note of it
}

func (s *Site) serveRoom(w http.ResponseWriter, r *http.Request, who access.Principal) {
	ctx := r.Context()
	story, err := s.API.Incidents.Incident(ctx, r.PathValue("id"))
	if err != nil {
		s.noIncident(w, r, who, err)
		return
	}
	v := &roomView{site: s, story: story, who: who, now: s.Now()}
	if v.onCall, err = s.calledFor(ctx, story, who, v.now); err != nil {
		s.fail(w, r, err)
		return
	}
	page := v.page()
	page.frame = s.frame(r, v.title(page), "incidents", who)
	if page.Changes, err = s.changesAround(ctx, who, story.Since, affectedIDs(&story.Incident)); err != nil {
		s.fail(w, r, err)
		return
	}
	for i := range page.Changes {
		if page.Changes[i].Related {
			v.related = append(v.related, page.Changes[i])
		}
	}
	if page.Facts, err = v.facts(ctx); err != nil {
		s.fail(w, r, err)
		return
	}
	page.Log = v.log(r.URL)
	if page.Acts {
		if err := v.offer(ctx, page); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	page.Live, page.Charted = true, v.charted
	s.show(w, r, http.StatusOK, "room", page)
}

// page says what the head of the room says, and what follows from the incident
// alone.
func (v *roomView) page() *roomPage {
	i := &v.story.Incident
	page := &roomPage{
		ID: i.ID, Name: i.Name, Say: strings.TrimSuffix(i.Name, ".") + ".", Severity: i.Severity.String(), Phase: phaseWords[i.Phase], Status: incident.Operational,
		Since: v.at(i.Since), Lasted: lasted(v.now.Sub(i.Since)), AsOf: instant{iso(v.now), v.now.In(v.site.Zone).Format("15:04:05")},
		Public: i.Public(), Open: i.Open(), Warns: i.Warns(), Locked: i.Care.Locked, Check: i.Check, Into: i.Care.MergedInto, Team: v.team(i.Care.Team),
	}
	for _, a := range i.Affected {
		if i.Open() && a.Status.Badness() > page.Status.Badness() {
			page.Status = a.Status
		}
	}
	if !i.Open() {
		page.Over, page.Lasted = v.at(i.Resolved), lasted(i.Resolved.Sub(i.Since))
	}
	writes := v.who.May(access.WriteIncidents)
	page.Acts = writes && i.Open() && !i.Warns()
	page.Notes, page.Edits = writes, writes
	page.Proposes = page.Acts && i.Care.Holders.Engineer == v.who.Person
	page.Promise, page.Clocks = v.promise(), v.clocks()
	page.Roles = v.roles()
	if page.Acts {
		page.Turns = v.turns()
	}
	return page
}

// title is what the window is called: what is due stands in it.
func (v *roomView) title(page *roomPage) string {
	title := page.Severity + " " + strings.TrimSuffix(page.Say, ".")
	if page.Promise != nil && page.Open {
		title += ", " + page.Promise.Short + " by " + page.Promise.Due.Text
	}
	return title
}

func (v *roomView) at(at time.Time) instant {
	if at.IsZero() {
		return instant{}
	}
	return instant{iso(at), v.site.clock(at, v.now)}
}

func iso(at time.Time) string { return at.UTC().Format(time.RFC3339) }

func (v *roomView) team(id string) string {
	for _, t := range v.site.API.Teams {
		if t.ID == id {
			return cmp.Or(t.Name, t.ID)
		}
	}
	return id
}

// statusView says a status in its word.
type statusView struct {
	Status incident.Status
	Word   string
}

func viewStatus(status incident.Status) statusView {
	return statusView{status, statuspage.StatusWord(lang.English(), status)}
}

// mayHold says whether who looks may take a role that is free.
func (v *roomView) mayHold(role support.Role) bool {
	p := v.site.person(v.who.Person)
	if p == nil {
		return false
	}
	holders := v.story.Care.Holders
	return slices.Contains(p.May, string(role)) && holders.Lead != p.ID && holders.Engineer != p.ID
}

// noIncident says calmly that there is none of that id, where that is the error.
func (s *Site) noIncident(w http.ResponseWriter, r *http.Request, who access.Principal, err error) {
	if !errors.Is(err, ErrNotFound) {
		s.fail(w, r, err)
		return
	}
	page := &lostPage{frame: s.frame(r, "There is no such incident", "incidents", who), ID: r.PathValue("id")}
	s.show(w, r, http.StatusNotFound, "no-incident", page)
}

// lostPage is for an address that leads to no incident.
type lostPage struct {
	frame
	ID string
}

// roomAt is the address of an incident's room.
func roomAt(id string) string { return "/console/incidents/" + url.PathEscape(id) }
