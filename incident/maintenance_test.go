package incident

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// day reads a moment in London.
func day(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02T15:04 MST", text, london(t))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestTimesOfARule(t *testing.T) {
	for _, test := range []struct {
		name, starts, rule string
		lasts              time.Duration
		after              string
		want               []string // in London
		more               bool
	}{
		{"once", "2026-12-06T02:00", "", time.Hour, "2026-12-01T00:00 GMT", []string{"2026-12-06 02:00 GMT"}, false},
		{"once, going on", "2026-12-06T02:00", "", time.Hour, "2026-12-06T02:59 GMT", []string{"2026-12-06 02:00 GMT"}, false},
		{"once, over", "2026-12-06T02:00", "", time.Hour, "2026-12-06T03:00 GMT", nil, false},
		{"with a zone of its own", "2026-12-06T02:00+02:00", "", time.Hour, "2026-12-01T00:00 GMT", []string{"2026-12-06 00:00 GMT"}, false},
		{"first Sundays", "2026-12-06T02:00", "FREQ=MONTHLY;BYDAY=1SU", time.Hour, "2026-12-06T03:00 GMT", []string{
			"2027-01-03 02:00 GMT", "2027-02-07 02:00 GMT", "2027-03-07 02:00 GMT", "2027-04-04 02:00 BST",
		}, true},
		{"left out in spring", "2027-03-27T01:30", "FREQ=DAILY;COUNT=3", time.Hour, "2027-03-01T00:00 GMT", []string{
			"2027-03-27 01:30 GMT", "2027-03-28 02:00 BST", "2027-03-29 01:30 BST",
		}, false},
		{"twice in autumn", "2026-10-24T01:30", "FREQ=DAILY;COUNT=3", time.Hour, "2026-10-01T00:00 BST", []string{
			"2026-10-24 01:30 BST", "2026-10-25 01:30 BST", "2026-10-26 01:30 GMT",
		}, false},
		{"until, in UTC", "2026-10-24T01:30", "FREQ=DAILY;UNTIL=20261025T003000Z", time.Hour, "2026-10-01T00:00 BST", []string{
			"2026-10-24 01:30 BST", "2026-10-25 01:30 BST",
		}, false},
		{"until, in the zone", "2026-07-01T01:30", "FREQ=DAILY;UNTIL=20260702T013000", time.Hour, "2026-06-01T00:00 BST", []string{
			"2026-07-01 01:30 BST", "2026-07-02 01:30 BST",
		}, false},
		{"begins before it is its day", "2026-12-01T02:00", "FREQ=WEEKLY;BYDAY=MO;COUNT=1", time.Hour, "2026-11-01T00:00 GMT", []string{"2026-12-07 02:00 GMT"}, false},
		{"never", "2026-12-01T02:00", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", time.Hour, "2026-11-01T00:00 GMT", nil, false},
		{"too far to look", "1900-01-01T02:00", "FREQ=DAILY", time.Hour, "2026-11-01T00:00 GMT", nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := NewRecurrence(Recurring{ID: "r", Starts: test.starts, RRule: test.rule, Lasts: test.lasts}, london(t))
			if err != nil {
				t.Fatal(err)
			}
			starts, more := r.Next(day(t, test.after), 4)
			var got []string
			for _, at := range starts {
				got = append(got, at.In(london(t)).Format("2006-01-02 15:04 MST"))
			}
			if !slices.Equal(got, test.want) || more != test.more {
				t.Errorf("%v, more %v; want %v, %v", got, more, test.want, test.more)
			}
		})
	}
}

func TestRulesThatAreNone(t *testing.T) {
	for _, test := range []struct{ starts, rule, want string }{
		{"tomorrow", "", "starts: "},
		{"2026-12-01T02:00", "FREQ=HOURLY", "rrule: FREQ is one of"},
		{"2026-12-01T02:00", "FREQ=DAILY;BYDAY=XX", "rrule: undefined weekday"},
		{"2026-12-01T02:00", "FREQ=MONTHLY;BYMONTHDAY=99", "rrule: bymonthday must be between"},
		{"2026-12-01T02:00", "often", "rrule: "},
	} {
		_, err := NewRecurrence(Recurring{ID: "r", Starts: test.starts, RRule: test.rule, Lasts: time.Hour}, london(t))
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s %s: %v; want %s", test.starts, test.rule, err, test.want)
		}
		options := shopOptions()
		options.Maintenance.Recurring = []Recurring{{ID: "weekly", Starts: test.starts, RRule: test.rule, Lasts: time.Hour}}
		if _, err := NewPolicy(options); err == nil || !strings.Contains(err.Error(), "maintenance weekly: ") {
			t.Errorf("a policy of %s: %v", test.rule, err)
		}
	}
}

// A rule of years is not worked out at each look.
func TestARuleIsWorkedOutNowAndThen(t *testing.T) {
	r, err := NewRecurrence(Recurring{ID: "daily", Starts: "2000-01-01T02:00", RRule: "FREQ=DAILY", Lasts: time.Hour}, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	state := NewState(start)
	first := state.coming(r, start)
	if len(first) != MostAhead || !first[0].Equal(time.Date(2026, 12, 2, 2, 0, 0, 0, time.UTC)) {
		t.Fatalf("%d times, from %v", len(first), first[0])
	}
	if allocated := testing.AllocsPerRun(10, func() { state.coming(r, start.Add(time.Minute)) }); allocated > 0 {
		t.Errorf("a second look allocates %v times", allocated)
	}
	if next := state.coming(r, start.AddDate(0, 0, 3)); len(next) != MostAhead || !next[0].Equal(first[3]) {
		t.Errorf("three days later %d times, from %v", len(next), next[0])
	}
}

// The table of stages is the only way from one to another.
func TestStages(t *testing.T) {
	all := []Stage{Scheduled, InProgress, Verifying, Completed, Cancelled}
	allowed := map[[2]Stage]bool{
		{Scheduled, InProgress}: true, {Scheduled, Cancelled}: true, {InProgress, Verifying}: true, {Verifying, Completed}: true,
	}
	for _, from := range all {
		for _, to := range all {
			m := PlannedMaintenance{Stage: from}
			if m.to(to) != allowed[[2]Stage{from, to}] || allowed[[2]Stage{from, to}] != (m.Stage == to && from != to) {
				t.Errorf("from %s to %s: now %s", from, to, m.Stage)
			}
		}
		m := PlannedMaintenance{Stage: from}
		if m.Ended() != (from == Completed || from == Cancelled) {
			t.Errorf("%s: ended %v", from, m.Ended())
		}
	}
}

func TestWhatIsPlannedByPeopleHasLimits(t *testing.T) {
	good := PlanMaintenance{Title: "New disks", Components: []string{"api"}, Lasts: time.Hour}
	for _, test := range []struct {
		name   string
		change func(*PlanMaintenance)
		want   string // "": it is planned
	}{
		{"now", func(*PlanMaintenance) {}, ""},
		{"a minute ago", func(c *PlanMaintenance) { c.Starts = start.Add(-time.Minute) }, ""},
		{"earlier", func(c *PlanMaintenance) { c.Starts = start.Add(-time.Minute - time.Millisecond) }, "before now"},
		{"over already", func(c *PlanMaintenance) { c.Starts, c.Lasts = start.Add(-time.Minute), time.Minute }, "over before now"},
		{"two years ahead", func(c *PlanMaintenance) { c.Starts = start.AddDate(0, 0, 732) }, ""},
		{"later than that", func(c *PlanMaintenance) { c.Starts = start.AddDate(0, 0, 732).Add(time.Millisecond) }, "more than two years"},
		{"too far ahead", func(c *PlanMaintenance) { c.Starts = start.AddDate(2, 1, 0) }, "more than two years"},
		{"no title", func(c *PlanMaintenance) { c.Title = " " }, "needs a title"},
		{"long title", func(c *PlanMaintenance) { c.Title = strings.Repeat("ü", 255) }, ""},
		{"longer title", func(c *PlanMaintenance) { c.Title = strings.Repeat("ü", 256) }, "more than 255"},
		{"long text", func(c *PlanMaintenance) { c.Text = strings.Repeat("ü", 10_000) }, ""},
		{"longer text", func(c *PlanMaintenance) { c.Text = strings.Repeat("ü", 10_001) }, "more than 10000"},
		{"of nothing", func(c *PlanMaintenance) { c.Components = nil }, "of one component at least"},
		{"of a stranger", func(c *PlanMaintenance) { c.Components = []string{"api", "x"} }, `no component "x"`},
		{"twice", func(c *PlanMaintenance) { c.Components = []string{"api", "api"} }, "named twice"},
		{"no time", func(c *PlanMaintenance) { c.Lasts = 0 }, "more than nothing"},
		{"90 days", func(c *PlanMaintenance) { c.Lasts = 90 * 24 * time.Hour }, ""},
		{"longer", func(c *PlanMaintenance) { c.Lasts = 90*24*time.Hour + 1 }, "90 days at most"},
		{"announced as it begins", func(c *PlanMaintenance) { c.Announce = start }, ""},
		{"announced after it begins", func(c *PlanMaintenance) { c.Announce = start.Add(time.Second) }, "announced after"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, nil)
			command := good
			test.change(&command)
			d := decider{policy: w.policy, state: w.state, now: start}
			m, err := command.plan(&d)
			if test.want == "" {
				if err != nil || m.Stage != Scheduled || m.Announce.After(m.Starts) {
					t.Errorf("%+v, %v", m, err)
				}
				return
			}
			if _, refused := errors.AsType[*Refusal](err); !refused || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v; want %q", err, test.want)
			}
		})
	}
}

// What ran in a maintenance is known by the time at which it was due, also
// when it comes after it was over, or ended early.
func TestCovers(t *testing.T) {
	m := PlannedMaintenance{Stage: InProgress, Starts: start, Ends: start.Add(time.Hour)}
	early := PlannedMaintenance{Stage: Completed, Starts: start, Ends: start.Add(time.Hour), Over: start.Add(time.Minute)}
	none := PlannedMaintenance{Stage: Cancelled, Starts: start, Ends: start.Add(time.Hour)}
	for _, test := range []struct {
		m    *PlannedMaintenance
		at   time.Duration
		want bool
	}{
		{&m, -time.Millisecond, false},
		{&m, 0, true},
		{&m, time.Hour - time.Millisecond, true},
		{&m, time.Hour, false},
		{&early, time.Minute - time.Millisecond, true},
		{&early, time.Minute, false},
		{&none, time.Minute, false},
	} {
		if got := test.m.Covers(start.Add(test.at)); got != test.want {
			t.Errorf("%s at %v: %v", test.m.Stage, test.at, got)
		}
	}
}

// What was planned by a rule that the configuration has no more, or has
// changed, is cancelled while it has not begun; what has begun goes on.
func TestARuleThatChanges(t *testing.T) {
	rule := func(change func(*Recurring)) func(*PolicyOptions) {
		r := Recurring{ID: "nightly", Name: "Nightly move", Components: []string{"api"}, Starts: "2026-12-01T13:10", Lasts: time.Hour, RRule: "FREQ=DAILY"}
		change(&r)
		return func(o *PolicyOptions) {
			o.Maintenance = MaintenanceRules{Announce: time.Hour, Recurring: []Recurring{r}}
		}
	}
	stagesOf := func(w *world) string {
		var all []string
		for _, m := range w.state.Maintenances {
			all = append(all, string(m.Stage)+" from "+m.Starts.Format("15:04"))
		}
		slices.Sort(all)
		return strings.Join(all, ", ")
	}
	w := newWorld(t, rule(func(*Recurring) {}))
	w.seeTimes(2, nil)
	if got := stagesOf(w); got != "scheduled from 13:10" {
		t.Fatal(got)
	}
	for _, step := range []struct {
		name   string
		change func(*Recurring)
		wait   time.Duration
		want   string
	}{
		{"the same again", func(*Recurring) {}, 0, "scheduled from 13:10"},
		{"later", func(r *Recurring) { r.Starts = "2026-12-01T13:20" }, 0, "cancelled from 13:10, scheduled from 13:20"},
		{"as it was", func(*Recurring) {}, 0, "cancelled from 13:20, scheduled from 13:10"},
		{"begun", func(*Recurring) {}, 15 * time.Minute, "cancelled from 13:20, in_progress from 13:10"},
		{"renamed", func(r *Recurring) { r.Name = "Move" }, 0, "cancelled from 13:20, in_progress from 13:10"},
		{"of another", func(r *Recurring) { r.ID = "other"; r.Starts = "2026-12-02T13:20" }, 0, "cancelled from 13:20, in_progress from 13:10"},
	} {
		options := shopOptions()
		rule(step.change)(&options)
		var err error
		if w.policy, err = NewPolicy(options); err != nil {
			t.Fatal(err)
		}
		w.state.rules = nil // as after a restart
		w.decide(nil)
		w.wait(step.wait)
		if got := stagesOf(w); got != step.want {
			t.Errorf("%s: %s; want %s", step.name, got, step.want)
		}
	}
}

// One time of a rule that a person cancelled does not come again, also when
// the rule is renamed.
func TestACancelledTimeOfARuleStaysCancelled(t *testing.T) {
	rule := Recurring{ID: "nightly", Name: "Nightly move", Components: []string{"api"}, Starts: "2026-12-01T13:10", Lasts: time.Hour, RRule: "FREQ=DAILY"}
	for _, name := range []string{"Nightly move", "Move"} {
		w := newWorld(t, func(o *PolicyOptions) {
			o.Maintenance = MaintenanceRules{Announce: time.Hour, Recurring: []Recurring{rule}}
		})
		w.decide(nil)
		for id := range w.state.Maintenances {
			if _, err := (CancelMaintenance{ID: id, Why: "ill"}).cancel(&decider{policy: w.policy, state: w.state, now: w.now}); err != nil {
				t.Fatal(err)
			}
		}
		options := shopOptions()
		renamed := rule
		renamed.Name = name
		options.Maintenance = MaintenanceRules{Announce: time.Hour, Recurring: []Recurring{renamed}}
		var err error
		if w.policy, err = NewPolicy(options); err != nil {
			t.Fatal(err)
		}
		w.state.rules = nil
		w.decide(nil)
		w.wait(time.Minute)
		for _, m := range w.state.Maintenances {
			if m.Stage != Cancelled || len(w.state.Maintenances) != 1 {
				t.Errorf("%s: %+v", name, m)
			}
		}
	}
}

// Neither a warning nor an incident whose component works again as the work
// begins keeps the component out of it.
func TestWhatDoesNotSuffer(t *testing.T) {
	for _, test := range []struct {
		name string
		inc  Incident
		want bool
	}{
		{"open", Incident{Affected: []Affected{{Component: "api"}}}, true},
		{"of another", Incident{Affected: []Affected{{Component: "sign-in"}}}, false},
		{"a warning", Incident{Check: "health", Affected: []Affected{{Component: "api"}}}, false},
		{"over", Incident{Phase: Resolved, Affected: []Affected{{Component: "api"}}}, false},
		{"works since then", Incident{Affected: []Affected{{Component: "api", Until: start}}}, false},
		{"works since later", Incident{Affected: []Affected{{Component: "api", Until: start.Add(time.Millisecond)}}}, true},
	} {
		state := NewState(start)
		state.Incidents["x"] = &test.inc
		if got := state.suffers("api", start); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}
