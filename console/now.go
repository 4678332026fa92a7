package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/internal/lang"
	"daymark/statuspage"
)

// nowPage says what is wrong, whose it is, and what is due next.
type nowPage struct {
	frame
	Status   incident.Status
	Say      string
	Next     string // what is owed next; empty: nothing
	Open     []openRow
	Due      []dueRow
	Regions  []regionRow
	OnCall   []onCallView
	Silences []silenceView
	Waiting  []waitView
	Refused  string    // what was to be the next configuration, and could not; empty: nothing
	Disk     bool      // the configuration file is not what runs
	Looks    bool      // who looks may see the configuration
	AsOf     [2]string // ISO, and as people read it
}

type openRow struct {
	ID, Name, Severity, Phase, Lasted string
	Status                            incident.Status
	Affected                          []affectedView
	Lead, Engineer                    string // empty: nobody has taken it
	Reason                            string
}

type affectedView struct {
	Name, Word string
	Status     incident.Status
}

type dueRow struct {
	At      string // ISO
	Clock   string
	In      string // "in 12 min", "4 min late"
	What    string
	Late    bool
	Gone    int // of 300: the ruler
	FromTo  [2]string
	ID      string // of the incident
	Subject string // its name
}

type regionRow struct {
	Name, Heard, Word string
	Status            incident.Status
}

type onCallView struct {
	Rota, Lead, Engineer, Until, NextLead, NextEngineer string
}

// mostOpen is how many open incidents the page shows.
const mostOpen = 100

func (s *Site) serveNow(w http.ResponseWriter, r *http.Request, who access.Principal) {
	now := s.Now()
	open, err := s.API.Incidents.ListIncidents(r.Context(), IncidentQuery{Open: true, Most: mostOpen})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	onCall, err := s.API.Rotas.OnCall(r.Context(), now)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	results, err := s.API.Measured.LatestResults(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	waits, err := s.waiting(r.Context(), who, now)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	configuration, err := s.API.Configurations.Configuration(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	silences, err := s.API.ByHand.Silences(r.Context(), now)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	mostUrgentFirst(open)
	page := &nowPage{Waiting: waits, AsOf: [2]string{now.UTC().Format(time.RFC3339), now.In(s.Zone).Format("15:04:05")}}
	for i := range open {
		page.Open = append(page.Open, s.openRow(&open[i], now))
		if p := open[i].Promise; p != nil && p.Ended.IsZero() {
			page.Due = append(page.Due, s.dueRow(&open[i], p, now))
		}
	}
	slices.SortStableFunc(page.Due, func(a, b dueRow) int { return strings.Compare(a.At, b.At) })
	for _, c := range onCall {
		page.OnCall = append(page.OnCall, s.onCallView(c, now))
	}
	for _, region := range s.API.Regions {
		page.Regions = append(page.Regions, s.regionRow(region, results, now))
	}
	page.Silences = s.silenceViews(silences, now)
	page.Disk, page.Looks = configuration.Disk != nil, who.May(access.ReadConfiguration)
	if configuration.Failed != nil {
		page.Refused = configuration.Failed.Reason
	}
	page.Status, page.Say = sayNow(open, page.Open)
	if len(page.Due) > 0 {
		page.Next = page.Due[0].What + " on " + page.Due[0].Subject + ": " + page.Due[0].Clock + " (" + page.Due[0].In + ")."
	}
	page.frame = s.frame(r, page.Say, "now", who)
	page.Live = true
	s.show(w, r, http.StatusOK, "now", page)
}

// sayNow is the sentence on top.
func sayNow(open []incident.Incident, rows []openRow) (incident.Status, string) {
	switch len(open) {
	case 0:
		return incident.Operational, "Nothing is open."
	case 1:
		first := rows[0]
		switch {
		case first.Lead == "" && first.Engineer == "":
			return first.Status, first.Name + ". Nobody has taken it."
		case first.Lead == "" || first.Engineer == "":
			return first.Status, first.Name + ". " + cmp.Or(first.Lead, first.Engineer) + " is on it; one role is free."
		}
		return first.Status, first.Name + ". " + first.Lead + " and " + first.Engineer + " are on it."
	}
	free := 0
	for _, row := range rows {
		if row.Lead == "" || row.Engineer == "" {
			free++
		}
	}
	text := decimal(int64(len(open))) + " incidents are open, the worst: " + rows[0].Name + "."
	if free > 0 {
		text += " " + decimal(int64(free)) + " of them wait for somebody to take a role."
	}
	return rows[0].Status, text
}

func (s *Site) openRow(i *incident.Incident, now time.Time) openRow {
	row := openRow{
		ID: i.ID, Name: i.Name, Severity: i.Severity.String(), Phase: phaseWords[i.Phase], Lasted: lasted(now.Sub(i.Since)),
		Status: incident.Operational, Lead: s.somebody(i.Care.Holders.Lead), Engineer: s.somebody(i.Care.Holders.Engineer), Reason: i.Reason,
	}
	for _, a := range i.Affected {
		row.Affected = append(row.Affected, affectedView{Name: s.API.componentName(a.Component), Status: a.Status, Word: statuspage.StatusWord(lang.English(), a.Status)})
		if a.Status.Badness() > row.Status.Badness() {
			row.Status = a.Status
		}
	}
	return row
}

// phaseWords is how staff read phases.
var phaseWords = map[incident.Phase]string{
	incident.Investigating: "Cause unknown", incident.Identified: "Cause known", incident.Monitoring: "Watching", incident.Resolved: "Resolved",
}

// rulerWidth is how long the line of a promise is.
const rulerWidth = 300

func (s *Site) dueRow(i *incident.Incident, p *incident.Promise, now time.Time) dueRow {
	row := dueRow{
		ID: i.ID, At: p.Due.UTC().Format(time.RFC3339), Clock: s.clock(p.Due, now), Late: now.After(p.Due), Subject: i.Severity.String() + " " + i.Name,
		FromTo: [2]string{s.clock(p.Made, now), s.clock(p.Due, now)}, What: "The next update",
	}
	if whose := s.somebody(i.Care.Holders.Lead); whose != "" {
		row.What += ", owed by " + whose + ","
	}
	row.In, row.Gone = until(p.Due, now), goneOf(p, now)
	return row
}

// goneOf is how much of a promise's time is gone, as its line is drawn.
func goneOf(p *incident.Promise, now time.Time) int {
	whole := p.Due.Sub(p.Made)
	if whole <= 0 {
		return 0
	}
	return int(min(max(rulerWidth*now.Sub(p.Made)/whole, 0), rulerWidth-1))
}

// somebody gives a name; "" where it is nobody.
func (s *Site) somebody(id string) string {
	if id == "" {
		return ""
	}
	return s.nameOf(id)
}

// clock writes a time, with its day where that is not today.
func (s *Site) clock(at, now time.Time) string {
	local := at.In(s.Zone)
	if local.Format(time.DateOnly) == now.In(s.Zone).Format(time.DateOnly) {
		return local.Format("15:04")
	}
	return local.Format("Mon 2 Jan, 15:04")
}

// lasted writes how long something takes: "3 h 24 min".
func lasted(d time.Duration) string {
	switch minutes := int64(d / time.Minute); {
	case minutes < 1:
		return "less than a minute"
	case minutes < 60:
		return decimal(minutes) + " min"
	case minutes < 48*60 && minutes%60 == 0:
		return decimal(minutes/60) + " h"
	case minutes < 48*60:
		return decimal(minutes/60) + " h " + decimal(minutes%60) + " min"
	default:
		return decimal(minutes/(24*60)) + " d"
	}
}
