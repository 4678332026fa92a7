package incident

import (
	"testing"
	"time"

	"daymark/checker"
	"daymark/support"
)

// world drives Decide as an Engine does, with a clock of its own.
type world struct {
	t      *testing.T
	policy *Policy
	state  *State
	now    time.Time
	all    Decision // everything that was decided
}

var start = time.Date(2026, 12, 1, 13, 0, 0, 0, time.UTC)

func newWorld(t *testing.T, change func(*PolicyOptions)) *world {
	t.Helper()
	options := shopOptions()
	if change != nil {
		change(&options)
	}
	policy, err := NewPolicy(options)
	if err != nil {
		t.Fatal(err)
	}
	return &world{t: t, policy: policy, state: NewState(start), now: start}
}

// shopOptions is a page of two components: sign-in is critical, api major.
func shopOptions() PolicyOptions {
	journey := checker.Check{
		ID: "journey", Name: "A customer signs in", Schedule: "@every 10s", Means: string(Down), Timeout: 5 * time.Second,
		DownWhen: checker.DownWhen{Regions: 2, Runs: 2}, UpWhen: checker.UpWhen{Runs: 2},
		Browser: &checker.Browser{Steps: []checker.BrowserStep{{Open: "https://shop.example/sign-in"}}},
	}
	health := checker.Check{
		ID: "health", Schedule: "@every 10s", Timeout: 5 * time.Second,
		HTTP: &checker.HTTP{Request: checker.Request{URL: "https://api.example/health"}},
	}
	return PolicyOptions{
		Regions: []Region{{ID: "a", Name: "Ireland"}, {ID: "b", Name: "Virginia"}, {ID: "c", Name: "Here"}},
		Components: []Component{
			{ID: "sign-in", Name: "Sign in", Criticality: "critical", SLA: "gold", Checks: []checker.Check{journey}},
			{ID: "api", Name: "Payments API", Criticality: "major", SLA: "gold", Checks: []checker.Check{health}},
		},
		Severities: SeverityTable{
			P1: `criticality == "critical" and (availability == "none" or error_rate >= 0.5)`,
			P2: `availability != "full" and criticality in ["critical", "major"]`,
			P3: `availability != "full" or latency_p95 > duration("2s")`,
		},
		Rules: Rules{ResolveAfter: time.Minute, EaseAfter: 2 * time.Minute},
		SLAs: []SLA{{
			ID: "gold",
			P1: &Promises{First: &support.Span{}, Update: &support.Span{Rest: 30 * time.Minute}, Channels: []string{"page", "email", "sms"}},
			P2: &Promises{First: &support.Span{Rest: 2 * time.Minute}, Update: &support.Span{Rest: time.Hour}, Channels: []string{"page", "email"}},
			P3: &Promises{Update: &support.Span{Rest: 24 * time.Hour}, Channels: []string{"page"}},
		}},
	}
}

func (w *world) decide(observations []Observation) {
	d := Decide(w.state, observations, w.policy, w.now)
	w.all.Verdicts = append(w.all.Verdicts, d.Verdicts...)
	w.all.Components = append(w.all.Components, d.Components...)
	w.all.Incidents = append(w.all.Incidents, d.Incidents...)
	w.all.Updates = append(w.all.Updates, d.Updates...)
	w.all.Promises = append(w.all.Promises, d.Promises...)
	w.all.Severities = append(w.all.Severities, d.Severities...)
}

// see lets each check run once in each region; the outcome of a check is told
// by its id or by "id/region", ok when it is not told.
func (w *world) see(outcomes map[string]checker.Outcome) {
	w.now = w.now.Add(10 * time.Second)
	var all []Observation
	for _, id := range w.policy.checkIDs() {
		for _, region := range w.policy.checks[id].regions {
			outcome, ok := outcomes[id+"/"+region]
			if !ok {
				outcome, ok = outcomes[id], outcomes[id] != ""
			}
			if !ok {
				outcome = checker.OK
			}
			if outcome == "silent" {
				continue
			}
			all = append(all, Observation{Series{id, region}, Run{At: w.now.UnixMilli(), Outcome: outcome, Latency: 100 * time.Millisecond}})
		}
	}
	w.decide(all)
}

func (w *world) seeTimes(n int, outcomes map[string]checker.Outcome) {
	for range n {
		w.see(outcomes)
	}
}

// wait lets time pass, taking what is due as the timer loop does.
func (w *world) wait(d time.Duration) {
	for end := w.now.Add(d); w.now.Before(end); {
		w.now = w.now.Add(time.Second)
		if due := NextDue(w.state, w.policy, w.now); !due.IsZero() && !due.After(w.now) {
			w.decide(nil)
		}
	}
}

func (w *world) status(component string) Status { return w.state.Components[component].Status }

// only gives the one incident.
func (w *world) only() *Incident {
	w.t.Helper()
	if len(w.state.Incidents) != 1 {
		w.t.Fatalf("there are %d incidents; want 1", len(w.state.Incidents))
	}
	for _, inc := range w.state.Incidents {
		return inc
	}
	return nil
}

func (w *world) kinds() string {
	text := ""
	for _, u := range w.all.Updates {
		text += string(u.Kind) + " "
	}
	return text
}

const failed, unknown, slow, silent = checker.Failed, checker.Unknown, checker.Degraded, checker.Outcome("silent")

type outcomes = map[string]checker.Outcome
