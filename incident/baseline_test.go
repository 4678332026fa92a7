package incident

import (
	"reflect"
	"testing"
	"time"

	"daymark/checker"
)

func TestABaselineIsOfTheSameHour(t *testing.T) {
	now := time.Date(2026, 10, 27, 9, 30, 0, 0, time.UTC) // 09:30 in London, two days after its clocks went back
	hours := BaselineHours(now, london(t))
	if len(hours) != BaselineDays {
		t.Fatalf("%d hours", len(hours))
	}
	for i, want := range map[int]string{0: "2026-10-26T09:00:00Z", 2: "2026-10-24T08:00:00Z", 13: "2026-10-13T08:00:00Z"} {
		if got := hours[i].UTC().Format(time.RFC3339); got != want {
			t.Errorf("hour %d is %s; want %s", i, got, want)
		}
	}
}

func TestABaselineNeedsRuns(t *testing.T) {
	var latencies []time.Duration
	for i := range leastBaselineRuns - 1 {
		latencies = append(latencies, time.Duration(i+1)*time.Millisecond)
	}
	if got := NewBaseline(start, latencies); got.P95 != 0 {
		t.Errorf("%d runs give %s", len(latencies), got.P95)
	}
	if got := NewBaseline(start, append(latencies, time.Second)); got.P95 != 19*time.Millisecond {
		t.Errorf("of 20 runs the 95th percentile is %s", got.P95)
	}
}

func TestLatencyIsComparedWithTheBaselineOfThisHour(t *testing.T) {
	hour := start.Truncate(time.Hour)
	for _, test := range []struct {
		name     string
		baseline Baseline
		want     float64
	}{
		{"none is known", Baseline{}, 1},
		{"of this hour", Baseline{Hour: hour, P95: 50 * time.Millisecond}, 2},
		{"of the hour before", Baseline{Hour: hour.Add(-time.Hour), P95: 50 * time.Millisecond}, 1},
		{"faster than usual", Baseline{Hour: hour, P95: time.Second}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.state.Baselines["health"] = test.baseline
			w.see(nil)
			w.seeTimes(3, outcomes{"health": slow})
			facts, _ := w.policy.facts(w.only(), w.state, w.now)
			if facts.LatencyRatio != test.want {
				t.Errorf("the ratio is %v; want %v", facts.LatencyRatio, test.want)
			}
		})
	}
}

func TestBaselinesAreReadWhereTheTableAsks(t *testing.T) {
	asks := func(o *PolicyOptions) { o.Severities.P3 = "latency_ratio >= 2" }
	for _, test := range []struct {
		name   string
		change func(*PolicyOptions)
		broken string
		want   int
	}{
		{"it asks", asks, "health", 1},
		{"of a journey there is none", asks, "journey", 0},
		{"it does not ask", nil, "health", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, test.change)
			w.see(nil)
			if got := w.policy.missingBaselines(w.state, w.now); len(got) > 0 {
				t.Errorf("without an incident %v are missing", got)
			}
			w.seeTimes(3, outcomes{test.broken: checker.Degraded})
			got := w.policy.missingBaselines(w.state, w.now)
			if len(got) != test.want {
				t.Errorf("missing are %v", got)
			}
			for _, id := range got {
				w.state.Baselines[id] = NewBaseline(w.now.Truncate(time.Hour), nil)
			}
			if got := w.policy.missingBaselines(w.state, w.now); len(got) > 0 {
				t.Errorf("after they were read %v are missing", got)
			}
		})
	}
}

// A decision that is joined to another loses nothing of either, whatever kind
// of change comes to be kept in one.
func TestJoiningDecisionsLosesNothing(t *testing.T) {
	one := func() (d Decision) {
		for _, field := range reflect.ValueOf(&d).Elem().Fields() {
			field.Set(reflect.MakeSlice(field.Type(), 1, 1))
		}
		return d
	}
	d := one()
	d.add(one())
	for kind, field := range reflect.ValueOf(d).Fields() {
		if field.Len() != 2 {
			t.Errorf("%s: %d are left of 2", kind.Name, field.Len())
		}
	}
}
