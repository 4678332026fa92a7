package incident

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// works puts maintenance of the API into a world.
func (w *world) works(m PlannedMaintenance) *PlannedMaintenance {
	m.Components = []string{"api"}
	w.state.Maintenances[m.ID] = &m
	return &m
}

func TestHowPlannedMaintenanceIsChanged(t *testing.T) {
	why := func(n int) string { return strings.Repeat("ü", n) }
	scheduled := PlannedMaintenance{Stage: Scheduled, Starts: start.Add(time.Hour), Ends: start.Add(2 * time.Hour), Announce: start, Announced: start}
	going := PlannedMaintenance{Stage: InProgress, Starts: start, Began: start, Ends: start.Add(time.Hour), Announce: start, Announced: start}
	over := PlannedMaintenance{Stage: Completed, Starts: start, Ends: start, Over: start, Done: start}
	for name, test := range map[string]struct {
		m       PlannedMaintenance
		command Command
		refused RefusalKind
	}{
		"extended":                     {going, ExtendMaintenance{ID: "m", By: 1}, ""},
		"by nothing":                   {going, ExtendMaintenance{ID: "m"}, Invalid},
		"by less":                      {going, ExtendMaintenance{ID: "m", By: -time.Minute}, Invalid},
		"to 90 days":                   {going, ExtendMaintenance{ID: "m", By: LongestMaintenance - time.Hour}, ""},
		"to more":                      {going, ExtendMaintenance{ID: "m", By: LongestMaintenance - time.Hour + 1}, Invalid},
		"extended when it is over":     {over, ExtendMaintenance{ID: "m", By: time.Hour}, Conflict},
		"ended, with a long reason":    {going, EndMaintenance{ID: "m", Why: why(maxMaintenanceWhy)}, ""},
		"with a longer one":            {going, EndMaintenance{ID: "m", Why: why(maxMaintenanceWhy + 1)}, Invalid},
		"ended before it begins":       {scheduled, EndMaintenance{ID: "m"}, Conflict},
		"ended twice":                  {over, EndMaintenance{ID: "m"}, Conflict},
		"cancelled":                    {scheduled, CancelMaintenance{ID: "m", Why: why(maxMaintenanceWhy)}, ""},
		"cancelled, at length":         {scheduled, CancelMaintenance{ID: "m", Why: why(maxMaintenanceWhy + 1)}, Invalid},
		"cancelled when it goes on":    {going, CancelMaintenance{ID: "m"}, Conflict},
		"cancelled when it is over":    {over, CancelMaintenance{ID: "m"}, Conflict},
		"one that there is none of":    {going, EndMaintenance{ID: "x"}, NotFound},
		"one there is none of, longer": {going, ExtendMaintenance{ID: "x", By: time.Hour}, NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			test.m.ID = "m"
			w.works(test.m)
			w.apply(test.command, test.refused)
		})
	}
}

// Each move of the end is remembered, the last fifty.
func TestMovesOfAnEndAreRemembered(t *testing.T) {
	w := newWorld(t, nil)
	w.works(PlannedMaintenance{ID: "m", Stage: InProgress, Starts: start, Began: start, Ends: start.Add(time.Hour), Announce: start, Announced: start})
	for range mostMoves + 1 {
		w.apply(ExtendMaintenance{ID: "m", By: time.Minute}, "")
	}
	m := w.state.Maintenances["m"]
	first, last := m.Moves[0], m.Moves[len(m.Moves)-1]
	if len(m.Moves) != mostMoves || !first.From.Equal(start.Add(61*time.Minute)) || !last.To.Equal(m.Ends) || last.From.Add(time.Minute) != last.To || last.At.IsZero() {
		t.Errorf("%d moves, the first %+v, the last %+v", len(m.Moves), first, last)
	}
}

// Of two that began together the one that is first by its id is told, each time.
func TestUnderWhichMaintenanceAComponentIs(t *testing.T) {
	for range 20 { // maps are gone through in any order
		w := newWorld(t, nil)
		for id, began := range map[string]time.Duration{"late": time.Second, "b": 0, "a": 0, "c": 0} {
			w.works(PlannedMaintenance{ID: id, Stage: InProgress, Began: start.Add(began)})
		}
		if m := w.policy.maintenanceOf("api", w.state, start); m == nil || m.ID != "a" {
			t.Fatalf("it is %+v", m)
		}
		if m := w.policy.maintenanceOf("sign-in", w.state, start); m != nil {
			t.Fatalf("of another component it is %+v", m)
		}
	}
}

func TestWhatIsNotShownUnderMaintenanceYet(t *testing.T) {
	for name, test := range map[string]struct {
		component string
		status    Status
		stage     Stage
		want      bool
	}{
		"it works, as far as is known": {"api", Operational, InProgress, true},
		"it is shown":                  {"api", Maintenance, InProgress, false},
		"it has not begun":             {"api", Operational, Scheduled, false},
		"it is not configured":         {"gone", Operational, InProgress, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			m := w.works(PlannedMaintenance{ID: "m", Stage: test.stage, Began: start})
			m.Components = []string{test.component}
			w.state.Components["api"] = ComponentStatus{Component: "api", Status: test.status}
			if got := w.policy.unshown(m, w.state, start); got != test.want {
				t.Errorf("it is %v", got)
			}
		})
	}
}

// Where the maintenance is not known any more, what is measured counts from now on.
func TestAStatusOfMaintenanceThatIsNotKnown(t *testing.T) {
	w := newWorld(t, nil)
	d := newDecider(w.state, w.policy, start.Add(time.Hour))
	measured := ComponentStatus{Component: "api", Status: Operational, Since: start}
	before := ComponentStatus{Component: "api", Status: Maintenance, Since: start}
	if got := d.shown(measured, before); got.Status != Operational || !got.Since.Equal(d.now) {
		t.Errorf("it is %+v", got)
	}
	if got := d.shown(measured, measured); got != measured {
		t.Errorf("without any it is %+v", got)
	}
}

// Each look touches what maintenance in progress is of, and forgets what was
// done so long ago that no result of it comes.
func TestWhatALookAtMaintenanceTouches(t *testing.T) {
	for name, test := range map[string]struct {
		m       PlannedMaintenance
		touched bool
		kept    bool
	}{
		"to come":              {PlannedMaintenance{Stage: Scheduled, Announce: start, Announced: start, Starts: start.Add(time.Hour)}, false, true},
		"it begins":            {PlannedMaintenance{Stage: Scheduled, Announce: start, Announced: start, Starts: start, Ends: start.Add(time.Hour)}, true, true},
		"going on":             {PlannedMaintenance{Stage: InProgress, Announced: start, Ends: start.Add(time.Hour)}, true, true},
		"being verified":       {PlannedMaintenance{Stage: Verifying, Announced: start, Over: start}, true, true},
		"done":                 {PlannedMaintenance{Stage: Completed, Done: start}, false, true},
		"done a month ago":     {PlannedMaintenance{Stage: Completed, Done: start.Add(-maintenanceKept)}, false, true},
		"done longer ago":      {PlannedMaintenance{Stage: Completed, Done: start.Add(-maintenanceKept - 1)}, false, false},
		"cancelled longer ago": {PlannedMaintenance{Stage: Cancelled, Done: start.Add(-maintenanceKept - 1)}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			test.m.ID = "m"
			w.works(test.m)
			d := newDecider(w.state, w.policy, start)
			if touched := d.maintain(); touched["api"] != test.touched || touched["sign-in"] {
				t.Errorf("it touches %v", touched)
			}
			if kept := w.state.Maintenances["m"] != nil; kept != test.kept {
				t.Errorf("it is kept: %v", kept)
			}
		})
	}
}

func TestMaintenanceIsVerifiedWhenAllIsMeasured(t *testing.T) {
	runs := func(ages ...time.Duration) *Runs {
		r := &Runs{}
		for _, age := range ages {
			r.Add(Run{At: start.Add(age).UnixMilli(), Outcome: failed}, time.Hour, start.Add(time.Hour))
		}
		return r
	}
	const s = time.Second
	stale := newWorld(t, nil).policy.checks["health"].stale
	for name, test := range map[string]struct {
		of    *Runs // of one region; the others have run often enough
		since time.Duration
		want  bool
	}{
		"all have run twice":              {runs(1*s, 11*s), 20 * s, true},
		"one once":                        {runs(0, 11*s), 20 * s, false}, // what ran at that moment ran in it
		"one never":                       {nil, 20 * s, false},
		"one not for as long as may be":   {nil, stale, false},
		"one is silent":                   {nil, stale + time.Millisecond, true},
		"one did once, and is silent":     {runs(1 * s), stale + 2*s, true},
		"one once, as late as may be":     {runs(1 * s), VerifyAtMost - time.Millisecond, true},
		"one never, but it takes so long": {nil, VerifyAtMost, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.now = start.Add(test.since)
			for _, region := range []string{"b", "c"} {
				w.state.Runs[Series{"health", region}] = runs(1*s, 11*s, test.since-s, test.since)
			}
			if test.of != nil {
				w.state.Runs[Series{"health", "a"}] = test.of
			}
			if got := w.policy.measuredSince("api", start, w.state, w.now); got != test.want {
				t.Errorf("it is measured: %v", got)
			}
		})
	}
}

// What a rule gives is looked at when people are to hear of it, what a person
// planned when it begins.
func TestWhenMaintenanceIsDue(t *testing.T) {
	nightly := Recurring{ID: "nightly", Name: "Nightly move", Components: []string{"api"}, Starts: "2026-12-03T02:00", Lasts: time.Hour, RRule: "FREQ=DAILY;COUNT=3"}
	rule := func(o *PolicyOptions) {
		o.Maintenance = MaintenanceRules{Announce: time.Hour, Recurring: []Recurring{nightly}}
	}
	first := time.Date(2026, 12, 3, 2, 0, 0, 0, time.UTC)
	announced := PlannedMaintenance{ID: "m", Stage: Scheduled, Announce: start, Announced: start, Starts: start.Add(5 * time.Hour)}
	unknown := announced
	unknown.Rule = "weekly"
	for name, test := range map[string]struct {
		change func(*PolicyOptions)
		works  *PlannedMaintenance
		want   time.Time
	}{
		"nothing":                      {nil, nil, time.Time{}},
		"planned by a person":          {nil, &announced, announced.Starts},
		"planned by a rule that is no": {nil, &unknown, start},
		"of a rule, to be announced":   {rule, nil, first.Add(-time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, test.change)
			if test.works != nil {
				w.works(*test.works)
			}
			if got := NextDue(w.state, w.policy, start); !got.Equal(test.want) {
				t.Errorf("it is due at %s; want %s", got, test.want)
			}
		})
	}

	w := newWorld(t, rule)
	r := w.policy.recurring[0]
	for days, want := range map[int]int{0: 3, 2: 2, 3: 1, 4: 0} { // of 3, 4 and 5 December
		state := NewState(start)
		state.coming(r, start)
		left := state.coming(r, start.AddDate(0, 0, days))
		if len(left) != want || slices.ContainsFunc(left, func(at time.Time) bool { return at.Before(start.AddDate(0, 0, days)) }) {
			t.Errorf("after %d days %v are to come; want %d", days, left, want)
		}
	}
}

func TestWhichTimesOfARuleThereAre(t *testing.T) {
	r := &Recurrence{Recurring: Recurring{ID: "nightly", Name: "Nightly move"}, zone: time.UTC}
	for name, test := range map[string]struct {
		m    PlannedMaintenance
		want bool
	}{
		"planned":              {PlannedMaintenance{ID: r.OccurrenceID(start), Rule: "nightly", Starts: start, Stage: Scheduled}, true},
		"planned otherwise":    {PlannedMaintenance{ID: "m", Rule: "nightly", Starts: start, Stage: Scheduled}, false},
		"begun, otherwise":     {PlannedMaintenance{ID: "m", Rule: "nightly", Starts: start, Stage: InProgress}, true},
		"cancelled by a rule":  {PlannedMaintenance{ID: r.OccurrenceID(start), Rule: "nightly", Starts: start, Stage: Cancelled, Why: unplanned}, false},
		"cancelled by people":  {PlannedMaintenance{ID: "m", Rule: "nightly", Starts: start, Stage: Cancelled, Why: "ill"}, true},
		"of another time":      {PlannedMaintenance{ID: "m", Rule: "nightly", Starts: start.Add(1), Stage: InProgress}, false},
		"of another rule":      {PlannedMaintenance{ID: "m", Rule: "weekly", Starts: start, Stage: InProgress}, false},
		"of no rule, the same": {PlannedMaintenance{ID: "m", Starts: start, Stage: InProgress}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.works(test.m)
			if got := w.state.has(r, start); got != test.want {
				t.Errorf("there is: %v", got)
			}
		})
	}
}
