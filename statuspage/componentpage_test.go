package statuspage_test

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/slo"
	"daymark/statuspage"
)

// publishing shows all that a component can, measured from two regions.
func publishing(t testing.TB, s *source) statuspage.Params {
	p := harbour(t, s)
	showAll(&p)
	return p
}

func showAll(p *statuspage.Params) {
	api := &p.Components[0]
	api.Show = []string{"uptime", "response_time", "regions"}
	api.Checks = []checker.Check{
		{ID: "token", Schedule: "@every 30s", Regions: []string{"local"}},
		{ID: "health", Schedule: "@every 30s", Regions: []string{"local", "eu-west"}, Degraded: []string{`latency > duration("800ms")`}},
	}
	p.Objectives = promised{}
}

// promised are objectives of the Payments API, one of each kind, and one of
// another component.
type promised struct{}

func (promised) PublicObjectives(context.Context) ([]statuspage.ObjectiveStanding, error) {
	rolling, month := slo.Window{Rolling: 28 * 24 * time.Hour}, slo.Window{Month: true}
	standing := func(o slo.Objective, from time.Time, c slo.Counts) statuspage.ObjectiveStanding {
		bucket := slo.Bucket{From: from, Until: from.Add(time.Hour), Counts: c}
		return statuspage.ObjectiveStanding{Objective: o, Standing: o.Evaluate([]slo.Bucket{bucket}, 30*24*time.Hour, noon, time.UTC), At: noon}
	}
	first := noon.Truncate(time.Hour).AddDate(0, 0, -28).Add(time.Hour)
	return []statuspage.ObjectiveStanding{
		standing(slo.Objective{ID: "works", Component: "core-api", Indicator: slo.Availability, Objective: 99.95, Window: rolling}, first, slo.Counts{Good: 80637, Bad: 3, Unknown: 10, Excused: 40}),
		standing(slo.Objective{ID: "fast", Component: "core-api", Indicator: slo.Latency, Threshold: 800 * time.Millisecond, Objective: 99, Window: month}, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), slo.Counts{Good: 90, Bad: 110}),
		standing(slo.Objective{ID: "jobs", Component: "core-api", Indicator: slo.Heartbeat, Objective: 99, Window: rolling}, noon.AddDate(-1, 0, 0), slo.Counts{}),
		standing(slo.Objective{ID: "other", Component: "statements", Indicator: slo.Availability, Objective: 12.345, Window: rolling}, first, slo.Counts{Good: 1}),
	}, nil
}

// TestPublicObjectives: the component's own, each with its figure, how much of
// the time was measured, and what became of maintenance, in every language.
func TestPublicObjectives(t *testing.T) {
	for tag, want := range map[string][]string{
		"en": {"99.95 % of runs succeed, in 28 days", "99.996 %", " of 80,640 runs", "40 runs during planned maintenance not counted", "of what may fail is left", "99 % of answers come within 800 ms, December 2026", "Not kept: more failed than may.", "so far, as of " + noon.In(london(t)).Format("15:04") + "."},
		"de": {"99,95 % der Prüfungen gelingen, innerhalb von 28 Tagen", "99 % der Antworten kommen innerhalb von 800 ms, Dezember 2026", "Nicht eingehalten", "Stand " + noon.In(london(t)).Format("15:04")},
		"fr": {"99,95 % des contrôles réussissent, en 28 jours", "Non tenu"}, "es": {"99,95 % de las comprobaciones van bien, en 28 días", "No cumplido"},
		"cy": {"99.95 % o’r rhediadau’n llwyddo, mewn 28 diwrnod", "Heb ei gadw"}, "ar": {"خلال 28 يومًا", "غير محقق"},
	} {
		p := publishing(t, wellMeasured(t))
		p.Language = tag
		_, body := get(t, handler(newPage(t, p)), "/components/core-api")
		body = strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(body)
		for _, text := range want {
			if !strings.Contains(body, text) {
				t.Errorf("%s lacks %q", tag, text)
			}
		}
		if strings.Contains(body, "12.345") {
			t.Errorf("%s shows an objective of another component", tag)
		}
	}
}

// measured gives the Payments API a day of response times: in one region all
// of it good, in the other as edited.
func measured(s *source, edit func(at int, b *statuspage.TimesBucket), region *statuspage.RegionTimes) {
	bucket := func(mean time.Duration) statuspage.TimesBucket {
		return statuspage.TimesBucket{Answered: 30, Sum: 30 * mean}
	}
	local := statuspage.RegionTimes{Region: "local", Answered: noon.Add(-12 * time.Second), Told: noon.Add(-12 * time.Second)}
	other := statuspage.RegionTimes{Region: "eu-west", Answered: noon.Add(-12 * time.Second), Told: noon.Add(-12 * time.Second)}
	if region != nil {
		other.Answered, other.Told = region.Answered, region.Told
	}
	for i := range 96 {
		local.Buckets = append(local.Buckets, bucket(time.Duration(200+i%7*10)*time.Millisecond))
		b := bucket(time.Duration(300+i%5*20) * time.Millisecond)
		if edit != nil {
			edit(i, &b)
		}
		other.Buckets = append(other.Buckets, b)
	}
	hours := make([]statuspage.Day, 25)
	for i := range hours {
		hours[i] = statuspage.Day{Date: noon.Truncate(time.Hour).Add(time.Duration(i-24) * time.Hour), Checks: 240}
	}
	s.history = map[string]*statuspage.ComponentHistory{"core-api": {Until: noon, Times: []statuspage.RegionTimes{local, other}}}
	s.change(func(snap *statuspage.Snapshot) {
		snap.Answers = map[string]time.Duration{"health": 271 * time.Millisecond}
		api := snap.Components["core-api"]
		api.Hours = hours
		api.Regions = []statuspage.RegionState{{Region: "eu-west", Outcome: "ok", At: noon.Add(-12 * time.Second)}, {Region: "local", Outcome: "ok", At: noon.Add(-9 * time.Second)}}
		snap.Components["core-api"] = api
	})
}

// wellMeasured is a good day.
func wellMeasured(t testing.TB) *source {
	s := working(t)
	measured(s, nil, nil)
	return s
}

// downInOne fails from Ireland alone, for the last hour.
func downInOne(t testing.TB) *source {
	s := failing(t)
	measured(s, func(at int, b *statuspage.TimesBucket) {
		if at >= 92 {
			*b = statuspage.TimesBucket{Failed: 30}
		}
	}, &statuspage.RegionTimes{Answered: noon.Add(-minutes(61)), Told: noon.Add(-minutes(0.2))})
	s.change(func(snap *statuspage.Snapshot) {
		api := snap.Components["core-api"]
		api.Status = incident.PartlyDown
		api.Regions[0].Outcome = "failed"
		api.Hours[24].Failed, api.Hours[24].Partial = 40, minutes(18)
		snap.Components["core-api"] = api
	})
	return s
}

// unmeasuredInOne has heard nothing of Ireland for three hours.
func unmeasuredInOne(t testing.TB) *source {
	s := working(t)
	measured(s, func(at int, b *statuspage.TimesBucket) {
		if at >= 84 {
			*b = statuspage.TimesBucket{}
		}
	}, &statuspage.RegionTimes{Answered: noon.Add(-minutes(180)), Told: noon.Add(-minutes(180))})
	s.change(func(snap *statuspage.Snapshot) {
		api := snap.Components["core-api"]
		api.Regions[0].At = noon.Add(-minutes(180))
		snap.Components["core-api"] = api
	})
	return s
}

func TestGoldenComponentPages(t *testing.T) {
	tests := []struct {
		name   string
		source func(testing.TB) *source
	}{
		{"component-working", wellMeasured},
		{"component-down-in-one", downInOne},
		{"component-unmeasured", unmeasuredInOne},
		{"component-empty", young},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := publishing(t, test.source(t))
			p.Subscribe = &statuspage.Subscribing{Channels: []string{"email"}}
			answer, body := get(t, handler(newPage(t, p)), "/components/core-api")
			if answer.StatusCode != http.StatusOK {
				t.Fatalf("%d: %s", answer.StatusCode, body)
			}
			golden(t, test.name+".html", body)
			if strings.Contains(body, " style=") || strings.Contains(body, "<style") {
				t.Error("inline style")
			}
		})
	}
}

func TestWhatAComponentPageSays(t *testing.T) {
	tests := []struct {
		name   string
		source func(testing.TB) *source
		edit   func(*statuspage.Params)
		has    []string
		lacks  []string
	}{
		{"all good", wellMeasured, nil, []string{
			`<h1 id="sentence">Payments API works.</h1>`, "Working since 08:00 on 3 Sept", "<dt>24 hours</dt><dd><b>100 %</b> of 6,000 runs; all measured",
			`<div class="y" aria-hidden="true"><span>800 ms</span><span>0</span></div>`, `<path class="limit" d="M0 16H960"/>`,
			"This server: 240 ms now, at most 260 ms.", "Ireland: 300 ms now, at most 380 ms.", "Dashed: 800 ms. Above it we call it slow.",
			"99.99 % by the clock. Partly down for 22 min. Slow for 9 min.", "30 % of it while partly down, 0 % of it while slow",
		}, []string{`class="fail"`, `class="none"`, "Open incidents"}},
		{"down in one region", downInOne, nil, []string{
			`<h1 id="sentence">Payments API is partly down.</h1>`, "Failing, last answer at 13:17", `<path class="fail" d="M920 0H960V80H920Z"/>`,
			`id="open-heading">Open incidents`, `<a href="/incidents/open00000001">Payments are failing</a>`, "Next update by 14:30.",
			`<span>Ireland</span><span class="status" data-status="major_outage">`, `data-status="operational"><svg class="i" aria-hidden="true"><use href="#operational"/></svg>Working</span>`,
		}, []string{`class="none"`}},
		{"not measured from one region", unmeasuredInOne, nil, []string{
			"Not measured since 11:18", `<path class="none" d="M840 1H959V79H840Z"/>`, `<span>Ireland</span><span class="status" data-status="unknown">`, "Last checked at 11:18.",
		}, []string{`class="fail"`}},
		{"nothing yet", young, nil, []string{
			"Payments API has not been measured yet.", "No figure yet", "Nothing was measured in the last 24 hours.", "No incidents in the last 90 days.", `<span class="soft small">Not measured yet</span>`,
		}, []string{"<figure", "by the clock."}},
		{"nothing but uptime", wellMeasured, func(p *statuspage.Params) { p.Components[0].Show = nil }, []string{`id="uptime"`}, []string{`id="times"`, `id="regions"`}},
		{"no uptime", wellMeasured, func(p *statuspage.Params) { p.Components[0].Show = []string{"regions"} }, []string{`id="regions"`}, []string{`id="uptime"`, `id="strip"`, `id="times"`}},
		{"too seldom", wellMeasured, func(p *statuspage.Params) { p.Components[0].Checks[1].Schedule = "0 4 * * *" }, []string{"It is checked too seldom"}, []string{"<figure"}},
		{"values over the limit", func(t testing.TB) *source {
			s := working(t)
			measured(s, func(at int, b *statuspage.TimesBucket) {
				if at == 40 {
					b.Sum = time.Duration(b.Answered) * 3200 * time.Millisecond
				}
			}, nil)
			return s
		}, nil, []string{`<div class="y over" aria-hidden="true"><span>3.2 s</span>`, `<path class="limit" d="M0 60H960"/>`, "at most 3.2 s."}, nil},
		{"no limit", wellMeasured, func(p *statuspage.Params) {
			p.Components[0].Checks[1].Degraded = []string{`latency > duration("1s") || status == 206`}
		}, nil, []string{"Dashed", `class="limit"`}},
		{"weights of its own", wellMeasured, func(p *statuspage.Params) { p.Options.Uptime.Partial, p.Options.Uptime.Maintenance = 1, "counted" }, []string{
			"100 % of it while partly down", "count like any other", "99.98 % by the clock.",
		}, []string{"left out of both"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := publishing(t, test.source(t))
			if test.edit != nil {
				test.edit(&p)
			}
			_, body := get(t, handler(newPage(t, p)), "/components/core-api")
			body = strings.ReplaceAll(body, "\u00a0", " ")
			words := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(body, "")
			for _, want := range test.has {
				if !strings.Contains(body, want) && !strings.Contains(words, want) {
					t.Errorf("%q is not there", want)
				}
			}
			for _, not := range test.lacks {
				if strings.Contains(body, not) {
					t.Errorf("%q is there", not)
				}
			}
			if t.Failed() {
				t.Log(body)
			}
		})
	}
}

// TestTheClockBeginsWithTheFirstRun: what lies before it on the first day was
// not measured, and does not make a bad start look good. Nor does what lies
// before the component was known, in the hour of its first run.
func TestTheClockBeginsWithTheFirstRun(t *testing.T) {
	for known, want := range map[time.Duration]string{0: "50.81 %", 8 * time.Minute: "12.62 %"} {
		s := wellMeasured(t)
		s.change(func(snap *statuspage.Snapshot) {
			api := snap.Components["core-api"]
			today, hour := api.Days[len(api.Days)-1], api.Hours[len(api.Hours)-1]
			for _, d := range []*statuspage.Day{&today, &hour} {
				d.Checks, d.Failed, d.Slow, d.Unknown, d.Down, d.Partial, d.Degraded = 40, 20, 0, 0, minutes(9), 0, 300*time.Millisecond
			}
			for i := range api.Hours {
				api.Hours[i] = statuspage.Day{Date: api.Hours[i].Date}
			}
			api.Days, api.Hours[len(api.Hours)-1] = []statuspage.Day{today}, hour
			api.Created = hour.Date.Add(known)
			snap.Components["core-api"] = api
		})
		_, body := get(t, handler(newPage(t, publishing(t, s))), "/components/core-api")
		if said := strings.Count(strings.ReplaceAll(body, "\u00a0", " "), want+" by the clock."); said != 4 {
			t.Errorf("known %s into the hour: %s by the clock, say %d of four periods", known, want, said)
		}
		if regexp.MustCompile(`by the clock\.[^<]*less than a second`).MatchString(body) {
			t.Error("what it passed through has a word")
		}
	}
}

// TestNoPageSaysThatThereAreNoIncidentsWhileOneIsOpen, below those that ended.
func TestNoPageSaysThatThereAreNoIncidentsWhileOneIsOpen(t *testing.T) {
	s := failing(t)
	s.change(func(snap *statuspage.Snapshot) { snap.Recent = nil })
	s.history = map[string]*statuspage.ComponentHistory{"core-api": {Incidents: s.snapshot.Open}}
	h := handler(newPage(t, harbour(t, s)))
	for path, want := range map[string]string{"/": "Nothing else in the last 30 days.", "/components/core-api": "Nothing else in the last 90 days."} {
		if _, body := get(t, h, path); !strings.Contains(body, want) || strings.Contains(body, "No incidents") {
			t.Errorf("%s says that there are no incidents while one is open", path)
		}
	}
}

func TestOnlyComponentsOfThePageHaveOne(t *testing.T) {
	s := working(t)
	s.change(func(snap *statuspage.Snapshot) { snap.Components["left"] = snap.Components["batch"] })
	h := handler(newPage(t, harbour(t, s)))
	for _, path := range []string{"/components/left", "/components/none", "/components/core-api/x", "/components/"} {
		if answer, body := get(t, h, path); answer.StatusCode != http.StatusNotFound || !strings.Contains(body, "Harbour Bank") {
			t.Errorf("%s: %d %s", path, answer.StatusCode, body)
		}
	}
}

func TestADayNamesIncidentsOfThreeMonths(t *testing.T) {
	s := working(t)
	old := s.snapshot.Recent[0]
	when := time.Date(2026, 10, 21, 9, 0, 0, 0, london(t))
	old.ID, old.Name, old.Since, old.Resolved = "old000000001", "Some payments were refused", when, when.Add(22*time.Minute)
	old.Affected = []incident.Affected{{Component: "core-api", Worst: incident.PartlyDown, Status: incident.Operational, From: when, Until: old.Resolved}}
	s.all = []incident.Incident{old}
	light := old
	light.Updates = nil
	s.change(func(snap *statuspage.Snapshot) { snap.Earlier = []incident.Incident{light} })
	h := handler(newPage(t, publishing(t, s)))
	link := regexp.MustCompile(`datetime="2026-10-21">21 Oct</time><span>Partly down for 22.min\. <a href="/incidents/old000000001">Some payments were refused</a>`)
	for _, path := range []string{"/", "/components/core-api"} {
		_, body := get(t, h, path)
		if len(link.FindAllString(body, -1)) != 1 {
			t.Errorf("%s does not name the incident of its day once: %s", path, body)
		}
		if path != "/" && !strings.Contains(body, `<h3><a href="/incidents/old000000001">`) {
			t.Error("the incident is not listed")
		}
	}
}

func TestTheOverviewSaysHowFastAComponentAnswers(t *testing.T) {
	h := handler(newPage(t, publishing(t, wellMeasured(t))))
	_, body := get(t, h, "/")
	body = strings.ReplaceAll(body, "\u00a0", " ")
	if strings.Count(body, "Answers in 271 ms on average over the last 24 hours.") != 1 || strings.Count(body, "Answers in") != 1 {
		t.Error("the overview does not say it, or says it of who does not publish it")
	}
	for _, id := range []string{"core-api", "sign-in", "batch"} {
		if !strings.Contains(body, `<h3><a href="/components/`+id+`">`) {
			t.Errorf("no link to %s", id)
		}
	}
}

func TestARegionThatIsSilentOrGoneDoesNotSayThatItWorks(t *testing.T) {
	s := unmeasuredInOne(t)
	s.change(func(snap *statuspage.Snapshot) {
		api := snap.Components["core-api"]
		api.Regions = append(slices.Clip(api.Regions), statuspage.RegionState{Region: "left", Outcome: "failed", At: noon})
		snap.Components["core-api"] = api
	})
	h := handler(newPage(t, publishing(t, s)))
	_, body := get(t, h, "/")
	if !strings.Contains(body, "Ireland: not measured. This server: works.") || strings.Contains(body, "left") {
		t.Errorf("the overview says: %s", body)
	}
	if _, body = get(t, h, "/components/core-api"); strings.Contains(body, "<span>left</span>") {
		t.Error("a region that no check names is listed")
	}
}

func TestAComponentPageIsRenderedOnceAChange(t *testing.T) {
	s := wellMeasured(t)
	r := run(t, publishing(t, s))
	h := handler(r.page)
	first, _ := get(t, h, "/components/core-api")
	again, _ := get(t, h, "/components/core-api", "If-None-Match", first.Header.Get("Etag"))
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("%d", again.StatusCode)
	}
	r.commit(s, "core-api", incident.Down)
	eventually(t, "the page follows", func() bool {
		_, body := get(t, h, "/components/core-api")
		return strings.Contains(body, "Payments API is down.")
	})
}

func TestSubscribingBeginsWithTheComponent(t *testing.T) {
	p := publishing(t, working(t))
	p.Subscribe = &statuspage.Subscribing{Channels: []string{"email"}}
	h := handler(newPage(t, p))
	_, body := get(t, h, "/components/core-api")
	link := regexp.MustCompile(`href="(/subscribe\?component=[^"]+)"`).FindStringSubmatch(body)
	if link == nil {
		t.Fatal("there is no link")
	}
	_, form := get(t, h, link[1])
	if !strings.Contains(form, `name="component" value="core-api" checked`) || strings.Count(form, `name="component"`) < 2 || strings.Contains(form, `value="batch" checked`) {
		t.Error("the form does not begin with the component alone")
	}
}
