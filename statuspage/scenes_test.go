package statuspage_test

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"daymark/incident"
	"daymark/internal/web"
	"daymark/static"
	"daymark/statuspage"
)

// scene is one page in one state, as visitors may meet it. A new page is a
// line in scenes.
type scene struct {
	name string
	path string
	seed func(testing.TB) *source
	edit func(*statuspage.Params) // may be nil
	lang string                   // English when empty
	rare bool                     // pictures are taken at full count alone
}

// scenes are all that the public page is looked at in.
func scenes() []scene {
	open, past := "/incidents/open00000001", "/incidents/past00000001"
	all := []scene{
		{name: "operational", path: "/", seed: working},
		{name: "slow", path: "/", seed: in(incident.Slow), rare: true},
		{name: "partly-down", path: "/", seed: in(incident.PartlyDown), rare: true},
		{name: "down", path: "/", seed: in(incident.Down), rare: true},
		{name: "each-status", path: "/", seed: eachStatus, edit: sixComponents},
		{name: "cannot-tell", path: "/", seed: blind, rare: true},
		{name: "incident", path: "/", seed: failing, edit: subscribable},
		{name: "incident-late", path: "/", seed: late, rare: true},
		{name: "incident-auto", path: "/", seed: automatic, rare: true},
		{name: "several-incidents", path: "/", seed: several, rare: true},
		{name: "maintenance", path: "/", seed: maintained},
		{name: "maintenance-soon", path: "/", seed: soon, rare: true},
		{name: "nothing-measured", path: "/", seed: young, rare: true},
		{name: "empty", path: "/", seed: young, edit: func(p *statuspage.Params) { p.Components, p.Groups = nil, nil }, rare: true},
		{name: "crowd", path: "/", seed: crowded, edit: crowd, rare: true},
		{name: "crowd-ar", path: "/", seed: crowded, edit: crowd, lang: "ar", rare: true},
		{name: "incident-open", path: open, seed: wordy, edit: subscribable},
		{name: "incident-over", path: past, seed: reviewed, rare: true},
		{name: "history", path: "/history", seed: several},
		{name: "history-empty", path: "/history", seed: young, rare: true},
		{name: "history-found", path: "/history?q=card&component=batch&kind=incidents&month=2026-12", seed: several, rare: true},
		{name: "history-nothing-found", path: "/history?q=zebra&component=batch", seed: several},
		{name: "history-work", path: "/history?kind=maintenance", seed: maintained, rare: true},
		{name: "component", path: "/components/core-api", seed: wellMeasured, edit: measurable},
		{name: "component-down", path: "/components/core-api", seed: downInOne, edit: measurable, rare: true},
		{name: "component-unmeasured", path: "/components/core-api", seed: unmeasuredInOne, edit: measurable, rare: true},
		{name: "component-young", path: "/components/core-api", seed: young, edit: measurable, rare: true},
		{name: "component-ar", path: "/components/core-api", seed: downInOne, edit: measurable, lang: "ar", rare: true},
		{name: "work-planned", path: "/maintenance/work00000004", seed: maintained, edit: subscribable, rare: true},
		{name: "work-going", path: "/maintenance/work00000003", seed: maintained, edit: subscribable},
		{name: "work-done", path: "/maintenance/work00000001", seed: maintained, rare: true},
		{name: "work-ar", path: "/maintenance/work00000003", seed: maintained, lang: "ar", rare: true},
		{name: "not-found-ar", path: "/incidents/none", seed: working, lang: "ar"},
		{name: "not-found", path: "/incidents/none", seed: working, rare: true},
		{name: "report", path: "/report", seed: working, edit: reportable},
		{name: "report-known", path: "/report", seed: failing, edit: reportable, rare: true},
		{name: "report-followed", path: "/reports/followed", seed: failing, edit: reportable, rare: true},
		{name: "report-ask", path: "/reports/followed/unsubscribe", seed: failing, edit: reportable, rare: true},
		{name: "subscribe", path: "/subscribe", seed: working, edit: subscribable},
		{name: "subscription", path: "/subscription/manage", seed: working, edit: subscribable, rare: true},
		{name: "subscription-stop", path: "/subscription/manage/unsubscribe", seed: working, edit: subscribable, rare: true},
	}
	for _, lang := range languages()[1:] {
		all = append(all,
			scene{name: "incident-" + lang, path: "/", seed: failing, lang: lang, edit: subscribable, rare: lang != "ar"},
			scene{name: "maintenance-" + lang, path: "/", seed: maintained, lang: lang, rare: true},
			scene{name: "incident-open-" + lang, path: open, seed: wordy, lang: lang, rare: true},
		)
	}
	return all
}

func languages() []string { return []string{"en", "ar", "de", "fr", "es", "cy"} }

// serve gives the address of the scene's page.
func (s scene) serve(t *testing.T) string {
	t.Helper()
	p := harbour(t, s.seed(t))
	p.Options.Languages = languages()
	if s.edit != nil {
		s.edit(&p)
	}
	site, err := statuspage.NewSite(p)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(siteHandler(site))
	t.Cleanup(server.Close)
	join := "?"
	if strings.Contains(s.path, "?") {
		join = "&"
	}
	return server.URL + s.path + join + "lang=" + cmp.Or(s.lang, "en")
}

// siteHandler serves a site as the program does.
func siteHandler(site *statuspage.Site) http.Handler {
	mux := http.NewServeMux()
	for _, r := range site.Routes() {
		mux.Handle(r.Pattern, r.Handler)
	}
	mux.Handle("GET "+static.Prefix, static.Handler())
	return web.Secure(site.Errors().Router(mux))
}

func subscribable(p *statuspage.Params) {
	p.Subscribe = &statuspage.Subscribing{Subscriptions: newSubscriptions(), Channels: []string{"email", "sms", "webhook", "slack"}}
}

// measurable shows all that a component can, to who may subscribe.
func measurable(p *statuspage.Params) {
	subscribable(p)
	showAll(p)
}

// in is the bank with one component in a status, and no incident.
func in(status incident.Status) func(testing.TB) *source {
	return func(t testing.TB) *source {
		s := working(t)
		s.change(func(snap *statuspage.Snapshot) {
			state := snap.Components["core-api"]
			state.Status, state.Since = status, noon.Add(-minutes(3))
			snap.Components["core-api"] = state
		})
		return s
	}
}

func sixComponents(p *statuspage.Params) {
	for _, id := range []string{"cards", "branches", "chat"} {
		p.Components = append(p.Components, incident.Component{ID: id, Name: "Everything that has to do with " + id, Group: "back-office"})
	}
}

// eachStatus has one component of sixComponents in each status, and days of
// each kind behind it.
func eachStatus(t testing.TB) *source {
	s := working(t)
	zone := london(t)
	kinds := map[int]func(*statuspage.Day){
		3:  func(d *statuspage.Day) { d.Failed, d.Down = 100, minutes(70) },
		9:  func(d *statuspage.Day) { d.Slow, d.Degraded = 20, minutes(20) },
		14: func(d *statuspage.Day) { d.Failed, d.Partial = 100, minutes(45) },
		15: func(d *statuspage.Day) { d.Failed, d.Partial = 100, minutes(45) },
		30: func(d *statuspage.Day) { d.Maintenance = minutes(120) },
		44: func(d *statuspage.Day) { d.Checks, d.Unknown = 0, 130 },
	}
	s.change(func(snap *statuspage.Snapshot) {
		one := snap.Components["batch"]
		for id, status := range map[string]incident.Status{
			"core-api": incident.Operational, "sign-in": incident.Slow, "batch": incident.PartlyDown,
			"cards": incident.Down, "branches": incident.Maintenance, "chat": incident.Unmeasured,
		} {
			state := one
			state.Status, state.Since, state.Days = status, noon.Add(-minutes(20)), days(zone, 1440, kinds)
			snap.Components[id] = state
		}
	})
	return s
}

// automatic is an incident whose last word is Daymark's own.
func automatic(t testing.TB) *source {
	s := failing(t)
	s.change(func(snap *statuspage.Snapshot) {
		one := snap.Open[0]
		one.Updates = slices.Clone(one.Updates[:1])
		snap.Open = []incident.Incident{one}
	})
	return s
}

// several is three incidents at once: one loud, one late, one small.
func several(t testing.TB) *source {
	s := late(t)
	s.change(func(snap *statuspage.Snapshot) {
		for i, name := range []string{"Card payments at some terminals in northern Scotland are declined", "Statements arrive late"} {
			one := snap.Open[0]
			one.ID, one.Name, one.Severity, one.Worst = fmt.Sprintf("open0000000%d", i+2), name, incident.P2, incident.P2
			one.Affected = []incident.Affected{{Component: "batch", Status: incident.PartlyDown, Worst: incident.PartlyDown, From: noon.Add(-minutes(90))}}
			one.Since = noon.Add(-minutes(90))
			one.Updates = slices.Clone(one.Updates[i:])
			for u := range one.Updates {
				one.Updates[u].ID = fmt.Sprintf("%s-%d", one.ID, u)
			}
			one.Promise = nil
			snap.Open = append(snap.Open, one)
		}
		state := snap.Components["batch"]
		state.Status, state.Since = incident.PartlyDown, noon.Add(-minutes(90))
		snap.Components["batch"] = state
	})
	return s
}

// soon is a good day with work announced for tonight.
func soon(t testing.TB) *source {
	s, work := working(t), maintained(t).snapshot.Maintenances
	s.change(func(snap *statuspage.Snapshot) { snap.Maintenances = work[3:] })
	return s
}

const markdown = "We found the cause:\n\n- a database **changed machines** at 13:41\n- it takes `no writes` since\n\n" +
	"Until it is back, pay by [bank transfer](https://www.harbour.example/transfer?from=status&for=payments), or call 0800 000 000.\n\n> This costs nothing.\n\n" +
	"1. Open *Transfers*.\n2. Choose the reference 2026-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000."

// wordy is failing with an update that has all that Markdown gives.
func wordy(t testing.TB) *source {
	s := failing(t)
	s.change(func(snap *statuspage.Snapshot) {
		one := snap.Open[0]
		one.Updates = slices.Clone(one.Updates)
		one.Updates[1].Text = markdown
		snap.Open = []incident.Incident{one}
	})
	return s
}

// reviewed has a published review.
func reviewed(t testing.TB) *source {
	s := working(t)
	s.learned = "# What we learned\n\n" + markdown
	return s
}

const crowdSize = 300

func crowd(p *statuspage.Params) {
	p.Groups, p.Components = nil, nil
	for g := range 12 {
		p.Groups = append(p.Groups, incident.Group{ID: fmt.Sprint("g", g), Name: fmt.Sprint("Region ", g+1)})
	}
	for c := range crowdSize {
		p.Components = append(p.Components, incident.Component{ID: fmt.Sprint("c", c), Name: fmt.Sprintf("Terminal network %d", c+1), Group: fmt.Sprint("g", c%12)})
	}
}

// crowded is the state of a crowd: some of everything.
func crowded(t testing.TB) *source {
	s := eachStatus(t)
	one, bad := working(t).snapshot.Components["batch"], s.snapshot.Components["cards"]
	s.change(func(snap *statuspage.Snapshot) {
		snap.Components = map[string]statuspage.ComponentState{}
		for c := range crowdSize {
			snap.Components[fmt.Sprint("c", c)] = one
			if c%111 == 0 {
				snap.Components[fmt.Sprint("c", c)] = bad
			}
		}
	})
	return s
}
