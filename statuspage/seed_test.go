package statuspage_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/statuspage"
	"daymark/support"
)

// noon is the moment of the tests: a Tuesday in London.
var noon = time.Date(2026, 12, 1, 14, 18, 18, 0, time.UTC)

// source is a Source that a test fills and changes.
type source struct {
	mu       sync.Mutex
	snapshot statuspage.Snapshot
	all      []incident.Incident // besides those of the snapshot
	gone     []incident.PlannedMaintenance
	learned  string // of each incident's review
	fault    error
	reads    int
	history  map[string]*statuspage.ComponentHistory // by component, besides incidents
}

func (s *source) Snapshot(context.Context, time.Time) (*statuspage.Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if s.fault != nil {
		return nil, s.fault
	}
	given := s.snapshot
	given.Components = map[string]statuspage.ComponentState{}
	maps.Copy(given.Components, s.snapshot.Components)
	return &given, nil
}

func (s *source) Incident(_ context.Context, id string) (*statuspage.IncidentRecord, error) {
	all, err := s.Incidents(context.Background(), 0)
	for i := range all {
		if all[i].ID == id {
			return &statuspage.IncidentRecord{Incident: all[i], Learned: s.learned, Published: all[i].Resolved}, nil
		}
	}
	if err == nil {
		err = fmt.Errorf("incident %q: %w", id, statuspage.ErrNotFound)
	}
	return nil, err
}

func (s *source) Incidents(_ context.Context, page int) ([]incident.Incident, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault != nil {
		return nil, s.fault
	}
	var all []incident.Incident
	all = append(append(append(all, s.snapshot.Open...), s.snapshot.Recent...), s.all...)
	if page == 0 {
		return all, nil
	}
	from := min(len(all), (page-1)*50)
	return all[from:min(len(all), from+50)], nil
}

func (s *source) Component(_ context.Context, ask statuspage.ComponentAsk, now time.Time) (*statuspage.ComponentHistory, error) {
	all, err := s.Incidents(context.Background(), 1)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h := statuspage.ComponentHistory{Until: now}
	if given := s.history[ask.ID]; given != nil {
		h = *given
	}
	for _, i := range all {
		if slices.ContainsFunc(i.Affected, func(a incident.Affected) bool { return a.Component == ask.ID }) {
			h.Incidents = append(h.Incidents, i)
		}
	}
	return &h, nil
}

func (s *source) Learned(_ context.Context, incidents []string) (map[string]statuspage.Learned, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]statuspage.Learned{}
	for _, id := range incidents {
		if s.learned != "" {
			all[id] = statuspage.Learned{Text: s.learned, At: noon}
		}
	}
	return all, s.fault
}

func (s *source) Announced(_ context.Context, page int) ([]incident.PlannedMaintenance, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.snapshot.Maintenances)
	slices.Reverse(all)
	from := min(len(all), (page-1)*50)
	return all[from:min(len(all), from+50)], s.fault
}

// change edits the snapshot as a commit would.
func (s *source) change(edit func(*statuspage.Snapshot)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	components := map[string]statuspage.ComponentState{}
	maps.Copy(components, s.snapshot.Components)
	s.snapshot.Components = components
	s.snapshot.Seq++
	edit(&s.snapshot)
}

func london(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// days are 90 good days with some troubles: index from the end, 0 is today.
func days(zone *time.Location, perDay int, edit map[int]func(*statuspage.Day)) []statuspage.Day {
	today := time.Date(2026, 12, 1, 0, 0, 0, 0, zone)
	var all []statuspage.Day
	for back := 89; back >= 0; back-- {
		d := statuspage.Day{Date: today.AddDate(0, 0, -back), Checks: perDay}
		if change := edit[back]; change != nil {
			change(&d)
		}
		all = append(all, d)
	}
	return all
}

func minutes(n float64) time.Duration { return time.Duration(n * float64(time.Minute)) }

// harbour is the bank of the design: three components in two groups.
func harbour(t testing.TB, s *source) statuspage.Params {
	t.Helper()
	options := statuspage.DefaultPageOptions()
	options.Name, options.URL, options.Timezone = "Harbour Bank", "https://status.harbour.example", "Europe/London"
	options.Contact = "support@harbour.example"
	halfHour, fourHours := support.Span{Rest: 30 * time.Minute}, support.Span{Rest: 4 * time.Hour}
	return statuspage.Params{
		Source:  s,
		Options: options,
		Groups:  []incident.Group{{ID: "online", Name: "Online banking"}, {ID: "back-office", Name: "Back office"}},
		Components: []incident.Component{
			{ID: "core-api", Name: "Payments API", Group: "online", Description: "Payments from the app\r\nand the website", SLA: "gold", Checks: []checker.Check{{Schedule: "@every 30s"}}},
			{ID: "sign-in", Name: "Sign in", Group: "online", SLA: "gold", Show: []string{"uptime", "regions"}, Checks: []checker.Check{{Schedule: "@every 2m"}}},
			{ID: "batch", Name: "Overnight statements", Group: "back-office"},
		},
		Regions: []incident.Region{{ID: "local", Name: "This server"}, {ID: "eu-west", Name: "Ireland"}},
		SLAs:    []incident.SLA{{ID: "gold", P1: &incident.Promises{Update: &halfHour, Resolve: &fourHours}}},
		Now:     func() time.Time { return noon },
		Logger:  slog.New(slog.DiscardHandler),
	}
}

// working is the bank on a good day, with a past.
func working(t testing.TB) *source {
	zone := london(t)
	created := time.Date(2026, 9, 3, 8, 0, 0, 0, zone)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, zone) }
	past := incident.Incident{
		ID: "past00000001", Name: "Signing in was slow", Phase: incident.Resolved, Severity: incident.P3, Worst: incident.P3,
		Since: at(12, 9, 20), Opened: at(12, 9, 21), Updated: at(12, 9, 58), Resolved: at(12, 9, 58),
		Affected: []incident.Affected{{Component: "sign-in", Status: incident.Operational, Worst: incident.Slow, From: at(12, 9, 20), Until: at(12, 9, 58)}},
		Updates: []incident.Update{
			{ID: "past-1", Incident: "past00000001", Number: 1, Kind: incident.Opened, Phase: incident.Investigating, At: at(12, 9, 25), Text: "Signing in is slow. We are looking for the cause.", Promised: at(12, 9, 30), NextBy: at(12, 10, 0)},
			{ID: "past-2", Incident: "past00000001", Number: 2, Kind: incident.Ended, Phase: incident.Resolved, At: at(12, 9, 58), Text: "More people than usual signed in at once after a reminder was sent. We added room.", Promised: at(12, 10, 0)},
		},
	}
	state := func(perDay int, edit map[int]func(*statuspage.Day)) statuspage.ComponentState {
		return statuspage.ComponentState{Status: incident.Operational, Since: created, Created: created, Days: days(zone, perDay, edit)}
	}
	return &source{snapshot: statuspage.Snapshot{
		Seq: 7, Updated: at(12, 9, 58), Checked: noon.Add(-9 * time.Second),
		Components: map[string]statuspage.ComponentState{
			"core-api": state(8640, map[int]func(*statuspage.Day){
				41: func(d *statuspage.Day) { d.Failed, d.Partial = 132, minutes(22) },
				77: func(d *statuspage.Day) { d.Slow, d.Degraded = 18, minutes(9) },
			}),
			"sign-in": state(1440, map[int]func(*statuspage.Day){
				19: func(d *statuspage.Day) { d.Slow, d.Degraded = 40, minutes(38) },
				58: func(d *statuspage.Day) { d.Checks, d.Unknown = 0, 130 },
				59: func(d *statuspage.Day) { d.Checks, d.Unknown = 20, 130 },
			}),
			"batch": state(4570, map[int]func(*statuspage.Day){
				83: func(d *statuspage.Day) { d.Failed, d.Down = 230, minutes(70) },
			}),
		},
		Recent: []incident.Incident{past},
	}}
}

// failing is the bank while payments fail: an open P1 with two updates.
func failing(t testing.TB) *source {
	s := working(t)
	since := noon.Add(-minutes(36.3))
	second := noon.Add(-minutes(18.3))
	s.change(func(snap *statuspage.Snapshot) {
		snap.Updated = second
		api, in := snap.Components["core-api"], snap.Components["sign-in"]
		api.Status, api.Since, api.Reason = incident.Down, since, "core-api: 2 of 2 regions failing (eu-west and local)"
		api.Days[89].Down, api.Days[89].Failed = minutes(36), 140
		in.Status, in.Since, in.Reason = incident.Slow, since.Add(minutes(2)), "sign-in: 1 of 2 regions slow (eu-west)"
		in.Days[89].Degraded, in.Days[89].Slow = minutes(34), 30
		in.Regions = []statuspage.RegionState{{Region: "local", Outcome: "ok"}, {Region: "eu-west", Outcome: "degraded"}}
		snap.Components["core-api"], snap.Components["sign-in"] = api, in
		changes := []incident.AffectedChange{{Component: "core-api", Old: incident.Operational, New: incident.Down}, {Component: "sign-in", Old: incident.Operational, New: incident.Slow}}
		snap.Open = []incident.Incident{{
			ID: "open00000001", Name: "Payments are failing", Phase: incident.Identified, Severity: incident.P1, Worst: incident.P1,
			Since: since, Opened: since.Add(minutes(1)), Updated: second,
			Affected: []incident.Affected{
				{Component: "core-api", Status: incident.Down, Worst: incident.Down, From: since},
				{Component: "sign-in", Status: incident.Slow, Worst: incident.Slow, From: since.Add(minutes(2))},
			},
			Updates: []incident.Update{
				{
					ID: "open-1", Incident: "open00000001", Number: 1, Kind: incident.Opened, Phase: incident.Investigating, Severity: incident.P1, At: since.Add(minutes(2)),
					Text: "The Payments API fails from Ireland and from this server. People have been called.", Auto: true,
					Promised: since.Add(minutes(3)), NextBy: second.Add(minutes(12)), Changes: changes, Channels: []string{"email", "sms"},
				},
				{
					ID: "open-2", Incident: "open00000001", Number: 2, Kind: incident.Progress, Phase: incident.Identified, Severity: incident.P1, At: second,
					Text:     "A payments database changed machines at 13:41 and stopped accepting changes. We are moving it back.",
					Promised: second.Add(minutes(12)), NextBy: second.Add(minutes(30)), Changes: []incident.AffectedChange{{Component: "core-api", Old: incident.Down, New: incident.Down}},
				},
			},
			Promise: &incident.Promise{Incident: "open00000001", Kind: incident.NextUpdate, Made: second, Due: second.Add(minutes(30))},
		}}
	})
	return s
}

// late is failing with a promise that lapsed four minutes ago.
func late(t testing.TB) *source {
	s := failing(t)
	s.change(func(snap *statuspage.Snapshot) {
		p := *snap.Open[0].Promise
		p.Due = noon.Add(-minutes(4.5))
		p.Made = p.Due.Add(-minutes(30))
		snap.Open[0].Promise = &p
	})
	return s
}

// blind is the bank when no agent can tell anything.
func blind(t testing.TB) *source {
	s := working(t)
	s.change(func(snap *statuspage.Snapshot) {
		for id, state := range snap.Components {
			state.Status, state.Since = incident.Unmeasured, noon.Add(-minutes(12))
			snap.Components[id] = state
		}
		snap.Checked = noon.Add(-minutes(12))
	})
	return s
}

// young is the bank before the first check.
func young(testing.TB) *source { return &source{} }

// newPage makes a page or ends the test.
func newPage(t testing.TB, p statuspage.Params) *statuspage.Page {
	t.Helper()
	page, err := statuspage.New(p)
	if err != nil {
		t.Fatal(err)
	}
	return page
}
