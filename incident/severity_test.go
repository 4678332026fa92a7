package incident

import (
	"math"
	"testing"
	"time"

	"daymark/checker"
)

func TestHowMuchIsAvailable(t *testing.T) {
	for name, test := range map[string]struct {
		signIn, api Status // of weights 3 and 2
		want        float64
	}{
		"nothing is measured":   {"", Unmeasured, 0},
		"one is not measured":   {Operational, Unmeasured, 1},
		"all works":             {Operational, Operational, 1},
		"what is slow works":    {Slow, Operational, 1},
		"the heavier is down":   {Down, Operational, 0.4},
		"the lighter is down":   {Operational, Down, 0.6},
		"one works in part":     {PartlyDown, Operational, 0.7},
		"both work in part":     {PartlyDown, PartlyDown, 0.5},
		"only one, and in part": {"", PartlyDown, 0.5},
		"all is down":           {Down, Down, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			for component, status := range map[string]Status{"sign-in": test.signIn, "api": test.api} {
				w.state.Components[component] = ComponentStatus{Component: component, Status: status}
			}
			if got := w.policy.available(w.state); math.Abs(got-test.want) > 1e-9 {
				t.Errorf("%v is available; want %v", got, test.want)
			}
		})
	}
}

// The window is looked at, and as many runs as make a check fail at least.
func TestWhichRunsAreSamples(t *testing.T) {
	const ms = time.Millisecond
	for name, test := range map[string]struct {
		runs         map[time.Duration]checker.Outcome // by age
		told, failed int
		latencies    int
	}{
		"none":                        {nil, 0, 0, 0},
		"in the window":               {map[time.Duration]checker.Outcome{time.Minute: checker.OK, 2 * time.Minute: failed, 3 * time.Minute: slow, 4 * time.Minute: unknown}, 3, 1, 2},
		"as old as the window":        {map[time.Duration]checker.Outcome{1: checker.OK, 2: checker.OK, DefaultWindow: failed}, 3, 1, 2},
		"older":                       {map[time.Duration]checker.Outcome{1: checker.OK, 2: checker.OK, DefaultWindow + ms: failed}, 2, 0, 2},
		"older, but of the last two":  {map[time.Duration]checker.Outcome{1: checker.OK, DefaultWindow + ms: failed}, 2, 1, 1},
		"all are older: the last two": {map[time.Duration]checker.Outcome{DefaultWindow + ms: checker.OK, 2 * DefaultWindow: failed, 3 * DefaultWindow: failed, 4 * DefaultWindow: failed}, 2, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.now = w.now.Add(time.Hour).Truncate(time.Millisecond)
			runs := &Runs{}
			for age, outcome := range test.runs {
				if age < ms {
					age *= time.Duration(time.Second)
				}
				runs.Add(Run{At: w.now.Add(-age).UnixMilli(), Outcome: outcome, Latency: ms}, 24*time.Hour, w.now)
			}
			told, failed, latencies := w.policy.samples(w.policy.checks["health"], runs, w.now)
			if told != test.told || failed != test.failed || len(latencies) != test.latencies {
				t.Errorf("%d told, %d failed, %d latencies; want %d, %d, %d", told, failed, len(latencies), test.told, test.failed, test.latencies)
			}
		})
	}
	w := newWorld(t, nil)
	if told, failed, latencies := w.policy.samples(w.policy.checks["health"], nil, w.now); told+failed+len(latencies) != 0 {
		t.Error("a series without runs has samples")
	}
}

// What was never measured, and what is not configured any more, gives facts
// that can be stored and lower nothing.
func TestFactsOfNothing(t *testing.T) {
	w := newWorld(t, nil)
	for name, inc := range map[string]*Incident{
		"nothing affected":        {},
		"not configured any more": {Affected: []Affected{{Component: "gone"}}},
		"works again":             {Affected: []Affected{{Component: "api", Until: w.now}}},
		"never measured":          {Affected: []Affected{{Component: "api"}}},
	} {
		t.Run(name, func(t *testing.T) {
			facts, told := w.policy.facts(inc, w.state, w.now)
			if told != 0 || facts.ErrorRate != 0 || facts.LatencyP95 != 0 || facts.LatencyRatio != 1 || facts.Availability != "full" {
				t.Errorf("%d samples, %+v", told, facts)
			}
		})
	}
}

func TestTheHourThatClocksShow(t *testing.T) {
	kathmandu, err := time.LoadLocation("Asia/Kathmandu") // 5:45 ahead
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 12, 1, 13, 31, 42, 987654321, time.UTC)
	for zone, want := range map[*time.Location]string{time.UTC: "2026-12-01T13:00:00Z", kathmandu: "2026-12-01T13:15:00Z"} {
		if got := hourOf(now, zone); got.UTC().Format(time.RFC3339Nano) != want {
			t.Errorf("in %s it began at %s; want %s", zone, got.UTC().Format(time.RFC3339Nano), want)
		}
	}
}
