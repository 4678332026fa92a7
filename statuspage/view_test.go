package statuspage_test

import (
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/statuspage"
)

func layout(t testing.TB) *statuspage.Layout {
	p := harbour(t, &source{})
	return &statuspage.Layout{Options: p.Options, Groups: p.Groups, Components: p.Components, Regions: p.Regions, SLAs: p.SLAs, Zone: london(t)}
}

func TestTheSentence(t *testing.T) {
	status := func(s *source, id string, to incident.Status) {
		s.change(func(snap *statuspage.Snapshot) {
			state := snap.Components[id]
			state.Status, state.Since = to, noon.Add(-minutes(20))
			snap.Components[id] = state
		})
	}
	open := func(s *source, names ...string) {
		s.change(func(snap *statuspage.Snapshot) {
			for i, name := range names {
				one := snap.Open[0]
				one.ID, one.Name, one.Severity = name, name, incident.Severity(min(4, i+1))
				snap.Open = append(snap.Open, one)
			}
		})
	}
	tests := []struct {
		name     string
		source   func(t testing.TB) *source
		status   incident.Status
		sentence string
		follow   string
	}{
		{"all good", working, incident.Operational, "Everything works.", ""},
		{"an incident", failing, incident.Down, "Payments are failing.", "Since 13:42 today. We know why and are putting it right."},
		{
			"two incidents", func(t testing.TB) *source { s := failing(t); open(s, "Sign in is slow."); return s },
			incident.Down, "Payments are failing. Sign in is slow.", "Since 13:42 today. We know why and are putting it right.",
		},
		{
			"five incidents", func(t testing.TB) *source {
				s := failing(t)
				open(s, "A is down", "B is down", "C is down", "D")
				return s
			},
			incident.Down, "Payments are failing. A is down. And 3 more.", "Since 13:42 today. We know why and are putting it right.",
		},
		{"works again, still watched", func(t testing.TB) *source {
			s := failing(t)
			status(s, "core-api", incident.Operational)
			status(s, "sign-in", incident.Operational)
			s.change(func(snap *statuspage.Snapshot) {
				for i := range snap.Open[0].Affected {
					snap.Open[0].Affected[i].Status = incident.Operational
				}
			})
			return s
		}, incident.Operational, "Payments API and Sign in work again.", "Since 13:42 today. We watch a little longer before we call it over."},
		{
			"unwell without a public incident", func(t testing.TB) *source { s := working(t); status(s, "sign-in", incident.Slow); return s },
			incident.Slow, "Sign in is slow.", "Since 13:58 today.",
		},
		{"worst first", func(t testing.TB) *source {
			s := working(t)
			status(s, "core-api", incident.Slow)
			status(s, "batch", incident.Down)
			return s
		}, incident.Down, "Overnight statements is down. Payments API is slow.", "Since 13:58 today."},
		{"nothing can be told", blind, incident.Unmeasured, "We cannot tell at the moment.", "Nothing has been measured since 14:06 today. That says nothing about the services."},
		{
			"a part cannot be told", func(t testing.TB) *source { s := working(t); status(s, "batch", incident.Unmeasured); return s },
			incident.Unmeasured, "What we measure works. Overnight statements is not measured at the moment.", "",
		},
		{
			"maintenance", func(t testing.TB) *source { s := working(t); status(s, "batch", incident.Maintenance); return s },
			incident.Maintenance, "Overnight statements is being worked on.", "",
		},
		{"nothing measured yet", young, incident.Unmeasured, "We have not measured anything yet.", "The first check runs within 30 s."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := statuspage.BuildView(layout(t), &test.source(t).snapshot, noon)
			if v.Say.Sentence != test.sentence || v.Status != test.status || v.Say.Follow.String() != test.follow {
				t.Errorf("%s: %q, %q", v.Status, v.Say.Sentence, v.Say.Follow)
			}
			if v.Title+"." != test.sentence {
				t.Errorf("title %q", v.Title)
			}
		})
	}
}

func TestThePromise(t *testing.T) {
	set := func(edit func(*incident.Incident)) func(testing.TB) *source {
		return func(t testing.TB) *source {
			s := failing(t)
			s.change(func(snap *statuspage.Snapshot) {
				p := *snap.Open[0].Promise
				snap.Open[0].Promise = &p
				edit(&snap.Open[0])
			})
			return s
		}
	}
	tests := []struct {
		name         string
		source       func(testing.TB) *source
		state, due   string
		began, ends  string
		width, gone  int
		withoutClock bool
	}{
		{"running", failing, "running", "by 14:30", "14:00, the last one", "14:30, promised", 300, 183, false},
		{"late", late, "late", "promised by 14:13, 4 min late", "13:43, the last one", "14:13, promised", 300, 298, false},
		{"first word", set(func(i *incident.Incident) { i.Updates = nil }), "running", "by 14:30", "14:00, the start", "14:30, promised", 300, 183, false},
		{"after Daymark's own word", set(func(i *incident.Incident) { i.Updates = i.Updates[:1] }), "auto", "by 14:30", "14:00, by Daymark", "14:30, promised", 300, 183, false},
		{"tomorrow", set(func(i *incident.Incident) { i.Promise.Due = noon.Add(20 * time.Hour) }), "running", "by 10:18 on 2 Dec", "14:00, the last one", "10:18 on 2 Dec, promised", 600, 9, false},
		{"kept already", set(func(i *incident.Incident) { i.Promise.Ended = noon }), "", "", "", "", 0, 0, true},
		{"none", set(func(i *incident.Incident) { i.Promise = nil }), "", "", "", "", 0, 0, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := statuspage.BuildView(layout(t), &test.source(t).snapshot, noon).Say.Promise
			if test.withoutClock {
				if p != nil {
					t.Fatalf("promised %+v", p)
				}
				return
			}
			if p == nil {
				t.Fatal("no promise")
			}
			if p.State != test.state || p.Due.String() != test.due || p.Began != test.began || p.Ends != test.ends {
				t.Errorf("%s: %q from %q to %q", p.State, p.Due, p.Began, p.Ends)
			}
			if p.Ruler.Width != test.width || p.Ruler.Gone != test.gone {
				t.Errorf("ruler %+v", p.Ruler)
			}
		})
	}
}

func TestUptimeIsNeverRoundedUp(t *testing.T) {
	zone := london(t)
	day := func(back int, d statuspage.Day) statuspage.Day {
		d.Date = time.Date(2026, 12, 1-back, 0, 0, 0, 0, zone)
		return d
	}
	tests := []struct {
		name string
		days []statuspage.Day
		want string
	}{
		{"no failure", []statuspage.Day{day(0, statuspage.Day{Checks: 1000})}, "100 % of 1,000 runs today; all measured"},
		{"one of a million", []statuspage.Day{day(0, statuspage.Day{Checks: 1_000_000, Failed: 1})}, "99.99 % of 1,000,000 runs today; all measured"},
		{"two thirds", []statuspage.Day{day(0, statuspage.Day{Checks: 3, Failed: 1})}, "66.66 % of 3 runs today; all measured"},
		{"a single check", []statuspage.Day{day(0, statuspage.Day{Checks: 1, Failed: 1})}, "0 % of 1 run today; all measured"},
		{"slow counts as up", []statuspage.Day{day(0, statuspage.Day{Checks: 10, Slow: 10})}, "100 % of 10 runs today; all measured"},
		{"a tenth unknown", []statuspage.Day{day(0, statuspage.Day{Checks: 90, Unknown: 10})}, "100 % of 90 runs today; 10 % not measured"},
		{"a trace unknown", []statuspage.Day{day(0, statuspage.Day{Checks: 99_999, Unknown: 1})}, "100 % of 99,999 runs today; less than 0.1 % not measured"},
		{"a day in which none was due is measured", []statuspage.Day{day(2, statuspage.Day{Checks: 1}), day(1, statuspage.Day{Covered: true}), day(0, statuspage.Day{Checks: 1})}, "100 % of 2 runs since 29 November; all measured since"},
		{"a quarter of a day without runs", []statuspage.Day{day(1, statuspage.Day{Checks: 50, Gap: 0.25}), day(0, statuspage.Day{Checks: 50})}, "100 % of 100 runs since 30 November; 12.5 % of that time not measured"},
		{"half a day without runs, and half of them unknown", []statuspage.Day{day(0, statuspage.Day{Checks: 50, Unknown: 50, Gap: 0.5})}, "100 % of 50 runs today; 75 % not measured"},
		{"a day without checks is unmeasured", []statuspage.Day{day(2, statuspage.Day{Checks: 50}), day(0, statuspage.Day{Checks: 50})}, "100 % of 100 runs since 29 November; 33.3 % of that time not measured"},
		{"days before the first do not count", []statuspage.Day{day(9, statuspage.Day{}), day(0, statuspage.Day{Checks: 5})}, "100 % of 5 runs today; all measured"},
		{"from the first day on", []statuspage.Day{day(8, statuspage.Day{Checks: 20, Failed: 11}), day(7, statuspage.Day{Checks: 12, Failed: 11}), day(6, statuspage.Day{Checks: 1}), day(5, statuspage.Day{Checks: 1}), day(4, statuspage.Day{Checks: 1}), day(3, statuspage.Day{Checks: 1}), day(2, statuspage.Day{Checks: 1}), day(1, statuspage.Day{Checks: 1}), day(0, statuspage.Day{Checks: 1})}, "43.58 % of 39 runs since 23 November; all measured since"},
		{"all ninety days", days(zone, 2, nil), "100 % of 180 runs; all measured"},
		{"nothing but unknown", []statuspage.Day{day(0, statuspage.Day{Unknown: 7})}, "No figure yet"},
		{"never measured", nil, "No figure yet: the first check runs within 30 s"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &source{snapshot: statuspage.Snapshot{Components: map[string]statuspage.ComponentState{"core-api": {Status: incident.Operational, Days: test.days}}}}
			strip := statuspage.BuildView(layout(t), &s.snapshot, noon).Sections[0].Components[0].Strip
			if got := strings.ReplaceAll(strip.Figure+strip.Rest, "\u00a0", " "); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestStripIsDrawnAsRuns(t *testing.T) {
	strip := statuspage.BuildView(layout(t), &working(t).snapshot, noon).Sections[0].Components[1].Strip
	// Sign in: slow 19 days ago (x 280), not measured 58 and 59 days ago.
	if want := "M0 30H118.5M128 30H278.5M284 30H358.5"; strip.Good != want {
		t.Errorf("good days %q, want %q", strip.Good, want)
	}
	want := []statuspage.Mark{{Class: "unknown", Path: "M120 34h2.5v2h-2.5zM124 34h2.5v2h-2.5z"}, {Class: "degraded", Path: "M280 16h2.5V36h-2.5z"}}
	if len(strip.Marks) != 2 || strip.Marks[0] != want[0] || strip.Marks[1] != want[1] || strip.Width != 358.5 {
		t.Errorf("marks %+v, width %v", strip.Marks, strip.Width)
	}
}

func TestDaysSayWhatHappened(t *testing.T) {
	components := statuspage.BuildView(layout(t), &failing(t).snapshot, noon).Sections[0].Components
	said := func(c statuspage.ComponentView) string {
		var lines []string
		for _, d := range c.Strip.Days {
			line := d.Text + ": " + strings.Join(d.Said, " ")
			for _, l := range d.Links {
				line += " [" + l.Text + "]"
			}
			lines = append(lines, line)
		}
		return strings.ReplaceAll(strings.Join(lines, "\n"), "\u00a0", " ")
	}
	want := "1 Dec: Down for 36 min so far. [Payments are failing]\n21 Oct: Partly down for 22 min.\n15 Sept: Slow for 9 min."
	if got := said(components[0]); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	want = "1 Dec: Slow for 34 min so far. [Payments are failing]\n12 Nov: Slow for 38 min. [Signing in was slow]\n3–4 Oct: Not measured."
	if got := said(components[1]); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := components[1].Regions; len(got) != 2 || got[0] != "This server: works." || got[1] != "Ireland: slow." {
		t.Errorf("regions %q", got)
	}
}

func TestDaysKeepTheirCalendarThroughSummerTime(t *testing.T) {
	zone := london(t)
	now := time.Date(2026, 11, 1, 0, 30, 0, 0, zone) // the clocks went back a week ago
	s := &source{snapshot: statuspage.Snapshot{Components: map[string]statuspage.ComponentState{"core-api": {
		Status: incident.Operational,
		Days: []statuspage.Day{
			{Date: time.Date(2026, 10, 25, 0, 0, 0, 0, zone), Checks: 10, Failed: 5, Down: minutes(5)},
			{Date: time.Date(2026, 11, 1, 0, 0, 0, 0, zone), Checks: 10},
		},
	}}}}
	strip := statuspage.BuildView(layout(t), &s.snapshot, now).Sections[0].Components[0].Strip
	if !strings.Contains(strip.Marks[1].Path, "M328 2") || strip.Good != "M356 30H358.5" {
		t.Errorf("%+v %q", strip.Marks, strip.Good)
	}
	if strip.Days[len(strip.Days)-2].Text != "25 Oct" || strip.Days[len(strip.Days)-1].Said[0] != "Measured from this day." {
		t.Errorf("%+v", strip.Days)
	}
}
