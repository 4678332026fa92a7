package incident

import (
	"testing"
	"time"

	"daymark/checker"
)

func TestHeartbeatDefaults(t *testing.T) {
	policy := func(check checker.Check) *checkPolicy {
		check.ID, check.Regions = "nightly", []string{"a"}
		w := newWorld(t, func(o *PolicyOptions) { o.Components[1].Checks = append(o.Components[1].Checks, check) })
		return w.policy.checks["nightly"]
	}
	const hour = time.Hour
	for name, test := range map[string]struct {
		check                   checker.Check
		quorum, down, up        int
		quiet, atLeast, horizon time.Duration // stale lies between the first two
	}{
		"by period":   {checker.Check{Heartbeat: &checker.Heartbeat{Every: 24 * hour, Grace: hour}}, 1, 1, 1, 26 * hour, 4 * 24 * hour, 4 * 24 * hour},
		"by schedule": {checker.Check{Heartbeat: &checker.Heartbeat{Schedule: "0 2 * * 1"}}, 1, 1, 1, 8 * 24 * hour, 22 * 24 * hour, 4 * 7 * 24 * hour},
		"as configured": {checker.Check{
			Heartbeat: &checker.Heartbeat{Every: hour}, DownWhen: checker.DownWhen{Runs: 3}, UpWhen: checker.UpWhen{Runs: 2},
		}, 1, 3, 2, hour, 4 * hour, 10 * hour},
	} {
		t.Run(name, func(t *testing.T) {
			c := policy(test.check)
			if c.quorum != test.quorum || c.downRuns != test.down || c.upRuns != test.up {
				t.Errorf("quorum %d, down after %d, up after %d; want %d, %d, %d", c.quorum, c.downRuns, c.upRuns, test.quorum, test.down, test.up)
			}
			if c.stale <= test.quiet || c.stale > test.atLeast || c.horizon < test.horizon {
				t.Errorf("silent after %s, looks back %s", c.stale, c.horizon)
			}
		})
	}
}

// One missed call is down, one success is up, and in between it stands.
func TestAHeartbeatIsJudgedByOneRun(t *testing.T) {
	w := newWorld(t, func(o *PolicyOptions) {
		o.Components = o.Components[:1]
		o.Components[0].Checks = []checker.Check{{ID: "nightly", Regions: []string{"c"}, Heartbeat: &checker.Heartbeat{Every: 24 * time.Hour, Grace: time.Minute}}}
	})
	run := func(outcome checker.Outcome) {
		w.decide([]Observation{{Series{"nightly", "c"}, Run{At: w.now.UnixMilli(), Outcome: outcome}}})
	}
	for _, step := range []struct {
		outcome checker.Outcome
		want    Status
	}{{checker.OK, Operational}, {failed, Down}, {failed, Down}, {checker.OK, Operational}, {unknown, Unmeasured}, {checker.OK, Operational}} {
		run(step.outcome)
		if got := w.status("sign-in"); got != step.want {
			t.Fatalf("after %s it is %s; want %s", step.outcome, got, step.want)
		}
		for range 24 {
			w.now = w.now.Add(time.Hour)
			if due := NextDue(w.state, w.policy, w.now); !due.IsZero() && !due.After(w.now) {
				w.decide(nil)
			}
		}
		if got := w.status("sign-in"); got != step.want {
			t.Fatalf("a day after %s it is %s; want %s", step.outcome, got, step.want)
		}
	}
}

func TestStands(t *testing.T) {
	beat := func(every time.Duration) checker.Check {
		return checker.Check{ID: every.String(), Heartbeat: &checker.Heartbeat{Every: every, Grace: time.Minute}}
	}
	http := func(schedule string) checker.Check {
		return checker.Check{ID: schedule, Schedule: schedule, Timeout: 5 * time.Second, Attempts: 1, HTTP: &checker.HTTP{}}
	}
	for name, test := range map[string]struct {
		checks []checker.Check
		want   time.Duration
	}{
		"none":               {nil, 0},
		"a heartbeat":        {[]checker.Check{beat(time.Hour)}, time.Hour + 2*time.Minute},
		"the shorter of two": {[]checker.Check{beat(24 * time.Hour), beat(time.Hour)}, time.Hour + 2*time.Minute},
		"another kind too":   {[]checker.Check{beat(time.Hour), http("@daily")}, time.Hour + 2*time.Minute},
		"each minute":        {[]checker.Check{beat(24 * time.Hour), http("@every 1m")}, 0},
		"each hour":          {[]checker.Check{http("17 * * * *")}, 0},
		"each two hours":     {[]checker.Check{http("@every 2h")}, 2*time.Hour + 5*time.Second},
		"by day alone":       {[]checker.Check{http("0 8-20 * * *")}, 0},
		"once a day":         {[]checker.Check{http("30 6 * * *")}, 24*time.Hour + 5*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			policy, err := NewPolicy(PolicyOptions{Regions: []Region{{ID: "a"}}, Components: []Component{{ID: "x", Checks: test.checks}}})
			if err != nil {
				t.Fatal(err)
			}
			if got := policy.Stands("x"); got != test.want {
				t.Errorf("stands %s; want %s", got, test.want)
			}
		})
	}
}
