package incident

import (
	"testing"
	"time"
)

func TestWhatAFailureJoins(t *testing.T) {
	shared := func(o *PolicyOptions) { o.Components[1].Checks[0].HTTP.URL = "https://shop.example/health" }
	depends := func(o *PolicyOptions) { o.Components[0].DependsOn = []string{"api"} }
	for name, test := range map[string]struct {
		change func(*PolicyOptions)
		age    time.Duration // of the incident of api
		status Status        // of api now
		want   bool
	}{
		"a cause of its own":                      {nil, time.Minute, Down, false},
		"one host, at once":                       {shared, 0, Down, true},
		"one host, as late as may be":             {shared, DefaultGroupWithin, Down, true},
		"one host, later":                         {shared, DefaultGroupWithin + time.Millisecond, Down, false},
		"it needs what is out":                    {depends, time.Hour, Down, true},
		"it needs what is slow":                   {depends, time.Hour, Slow, true},
		"it needs what works again":               {depends, time.Hour, Operational, false},
		"it needs what works again, a moment ago": {depends, time.Minute, Operational, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, test.change)
			d := newDecider(w.state, w.policy, w.now)
			inc := &Incident{Opened: w.now.Add(-test.age), Affected: []Affected{{Component: "api", Status: test.status}}}
			if got := d.joins("sign-in", inc); got != test.want {
				t.Errorf("it joins: %v", got)
			}
		})
	}
}

// What cannot reopen any more is forgotten at the very moment from which on
// it would not be read again.
func TestWhenAnEndedIncidentIsForgotten(t *testing.T) {
	w := newWorld(t, nil)
	w.state.Incidents["x"] = &Incident{ID: "x", Phase: Resolved, Resolved: w.now}
	w.now = start.Add(DefaultReopenWithin - time.Millisecond)
	if w.decide(nil); len(w.state.Incidents) != 1 {
		t.Error("it is forgotten too early")
	}
	w.now = start.Add(DefaultReopenWithin)
	if w.decide(nil); len(w.state.Incidents) != 0 {
		t.Error("it is not forgotten")
	}
}

// Nobody can say of an incident without components that all of it works.
func TestAnIncidentWithoutComponentsIsNeverClean(t *testing.T) {
	w := newWorld(t, nil)
	id, _, err := Apply(w.state, Open{Name: "Letters arrive late", Severity: P3}, By{Via: "command line"}, w.policy, w.now)
	if err != nil {
		t.Fatal(err)
	}
	w.seeTimes(30, nil)
	if inc := w.state.Incidents[id]; !inc.CleanSince.IsZero() || !inc.Open() || len(inc.Turns) != 0 {
		t.Errorf("clean since %s, %s", inc.CleanSince, inc.Phase)
	}
}

func TestWhoGaveACommand(t *testing.T) {
	for want, by := range map[string]By{
		"ana": {Person: "ana"}, "command line": {Via: "command line"}, "ana by her token": {Person: "ana", Via: "her token"}, "": {},
	} {
		if got := by.String(); got != want {
			t.Errorf("%+v is %q; want %q", by, got, want)
		}
	}
}
