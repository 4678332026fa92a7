package incident

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/checker"
)

func TestHowASilenceIsAskedFor(t *testing.T) {
	in := func(d time.Duration) time.Time { return start.Add(d) }
	for name, test := range map[string]struct {
		command Command
		refused RefusalKind
	}{
		"of a check":                 {SetSilence{Check: "health", Until: in(time.Hour), Reason: "known"}, ""},
		"of a component":             {SetSilence{Component: "api", Until: in(time.Hour), Reason: "known"}, ""},
		"of both":                    {SetSilence{Check: "health", Component: "api", Until: in(time.Hour), Reason: "known"}, Invalid},
		"of nothing":                 {SetSilence{Until: in(time.Hour), Reason: "known"}, Invalid},
		"of what there is none of":   {SetSilence{Check: "x", Until: in(time.Hour), Reason: "known"}, NotFound},
		"of no component":            {SetSilence{Component: "x", Until: in(time.Hour), Reason: "known"}, NotFound},
		"without a reason":           {SetSilence{Check: "health", Until: in(time.Hour), Reason: " "}, Invalid},
		"without an end":             {SetSilence{Check: "health", Reason: "known"}, Invalid},
		"until now":                  {SetSilence{Check: "health", Until: in(0), Reason: "known"}, Invalid},
		"as long as may be":          {SetSilence{Check: "health", Until: in(MaxSilence), Reason: "known"}, ""},
		"longer":                     {SetSilence{Check: "health", Until: in(MaxSilence + time.Millisecond), Reason: "known"}, Invalid},
		"ended, where there is none": {EndSilence{Check: "health"}, Conflict},
		"ended, of both":             {EndSilence{Check: "health", Component: "api"}, Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			newWorld(t, nil).apply(test.command, test.refused)
		})
	}
}

func TestASilenceIsRenewedAndEnded(t *testing.T) {
	w := newWorld(t, nil)
	first := w.apply(SetSilence{Check: "health", Until: start.Add(time.Hour), Reason: "known"}, "")
	again := w.apply(SetSilence{Check: "health", Until: start.Add(2 * time.Hour), Reason: "still"}, "")
	other := w.apply(SetSilence{Component: "api", Until: start.Add(time.Hour), Reason: "known"}, "")
	if first != again || first == other || len(w.state.Silences) != 2 || w.state.Silences[first].Reason != "still" {
		t.Errorf("%s, %s, %s: %+v", first, again, other, w.state.Silences)
	}
	w.apply(EndSilence{Check: "health"}, "")
	if len(w.state.Silences) != 1 || w.state.Silences[other] == nil {
		t.Errorf("%+v", w.state.Silences)
	}
}

// What is found while a silence lasts is shown, and opens nothing; once it is
// over, what still fails is an incident of when it began to.
func TestASilenceHoldsWhatIsFound(t *testing.T) {
	down := map[string]checker.Outcome{"health": checker.Failed}
	for name, silence := range map[string]SetSilence{
		"of the check":     {Check: "health", Until: start.Add(10 * time.Minute), Reason: "known"},
		"of the component": {Component: "api", Until: start.Add(10 * time.Minute), Reason: "known"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.apply(silence, "")
			w.seeTimes(6, down)
			if w.status("api") != Down || len(w.state.Incidents) != 0 || len(w.all.Updates) != 0 || len(w.all.Alerts) != 0 {
				t.Fatalf("%s, %d incidents", w.status("api"), len(w.state.Incidents))
			}
			if due := NextDue(w.state, w.policy, w.now); !due.Equal(silence.Until) && due.After(silence.Until) {
				t.Errorf("looked at again at %v", due)
			}
			began := w.state.Components["api"].Since
			for w.now.Before(silence.Until) {
				w.see(down)
			}
			inc := w.only()
			if !inc.Since.Equal(began) || !inc.Opened.Equal(silence.Until) || !inc.Affects("api") || len(w.state.Silences) != 0 {
				t.Errorf("%+v", inc)
			}
		})
	}
}

func TestASilenceEndsByItselfWithoutResults(t *testing.T) {
	w := newWorld(t, func(o *PolicyOptions) { o.Components[1].Checks[0].Schedule = "@every 1h" })
	w.apply(SetSilence{Component: "api", Until: start.Add(time.Minute), Reason: "known"}, "")
	w.seeTimes(3, map[string]checker.Outcome{"health": checker.Failed})
	w.wait(time.Minute)
	if len(w.state.Silences) != 0 || !w.only().Affects("api") {
		t.Errorf("%+v", w.state.Silences)
	}
}

func TestASilenceThatSomebodyEndsTellsAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	w.apply(SetSilence{Component: "api", Until: start.Add(time.Hour), Reason: "known"}, "")
	w.seeTimes(3, map[string]checker.Outcome{"health": checker.Failed})
	w.apply(EndSilence{Component: "api"}, "")
	if !w.only().Affects("api") {
		t.Error("nothing opened")
	}
}

// What is open when a silence begins goes on, and what works when it ends
// opens nothing.
func TestASilenceTouchesNoIncidentThatIsOpen(t *testing.T) {
	w := newWorld(t, nil)
	w.seeTimes(3, map[string]checker.Outcome{"health": checker.Failed})
	before := w.only().Clone()
	w.apply(SetSilence{Component: "api", Until: w.now.Add(time.Hour), Reason: "known"}, "")
	w.seeTimes(6, map[string]checker.Outcome{"health": checker.Failed})
	if inc := w.only(); inc.ID != before.ID || !inc.Open() || inc.Affected[0].Status != Down {
		t.Errorf("%+v", inc)
	}
	w.seeTimes(30, nil)
	if inc := w.only(); inc.Open() {
		t.Error("it is not resolved")
	}
	w.apply(EndSilence{Component: "api"}, "")
	if inc := w.only(); inc.ID != before.ID || inc.Open() {
		t.Errorf("%+v", inc)
	}
}

// Another check of the component, and another component, are heard.
func TestASilenceIsOfNothingElse(t *testing.T) {
	second := checker.Check{ID: "second", Schedule: "@every 10s", Timeout: 5 * time.Second, HTTP: &checker.HTTP{Request: checker.Request{URL: "https://other.example/"}}}
	w := newWorld(t, func(o *PolicyOptions) {
		o.Components[1].Checks = append(o.Components[1].Checks, second)
		o.Components = append(o.Components, Component{ID: "shop", Name: "Shop", DependsOn: []string{"api"}})
	})
	w.apply(SetSilence{Check: "health", Until: start.Add(time.Hour), Reason: "known"}, "")
	w.seeTimes(3, map[string]checker.Outcome{"health": checker.Failed})
	if w.status("shop") == Operational || len(w.state.Incidents) != 0 {
		t.Fatalf("shop is %s, %d incidents", w.status("shop"), len(w.state.Incidents))
	}
	w.seeTimes(3, map[string]checker.Outcome{"health": checker.Failed, "second": checker.Failed})
	inc := w.only()
	if !inc.Affects("api") || !inc.Affects("shop") {
		t.Errorf("%+v", inc.Affected)
	}
}

func TestASilencedCheckWarnsNobody(t *testing.T) {
	w := newWorld(t, func(o *PolicyOptions) { o.Components[1].Checks[0].Warn = []string{`status == 200`} })
	warn := func() {
		w.now = w.now.Add(10 * time.Second)
		var all []Observation
		for _, region := range []string{"a", "b", "c"} {
			all = append(all, Observation{Series{"health", region}, Run{At: w.now.UnixMilli(), Outcome: checker.OK, Warning: &Warning{Clause: "c", Text: "t"}}})
		}
		w.decide(all)
	}
	w.apply(SetSilence{Check: "health", Until: start.Add(time.Hour), Reason: "known"}, "")
	for range 5 {
		warn()
	}
	if len(w.state.Incidents) != 0 {
		t.Fatal("it warns")
	}
	w.apply(EndSilence{Check: "health"}, "")
	warn()
	if !w.only().Warns() {
		t.Error("it does not warn afterwards")
	}
}

// Whatever happens: no incident begins on what is silenced, and what fails
// unheard by nobody's wish is part of one.
func TestSilencesHoldAndLoseNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, func(o *PolicyOptions) {
			o.Components = append(o.Components, Component{ID: "shop", Name: "Shop", DependsOn: []string{"api", "sign-in"}})
		})
		outcomes := rapid.SampledFrom([]checker.Outcome{checker.OK, checker.OK, checker.Failed, checker.Failed, checker.Degraded, checker.Unknown, "silent"})
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			known := map[string]bool{}
			for id, inc := range w.state.Incidents {
				known[id] = inc.Open()
			}
			var command Command
			switch rapid.IntRange(0, 5).Draw(rt, "act") {
			case 0:
				c := SetSilence{Until: w.now.Add(time.Duration(rapid.IntRange(1, 120).Draw(rt, "seconds")) * time.Second), Reason: "r"}
				if rapid.Bool().Draw(rt, "check") {
					c.Check = rapid.SampledFrom([]string{"journey", "health"}).Draw(rt, "of")
				} else {
					c.Component = rapid.SampledFrom([]string{"sign-in", "api", "shop"}).Draw(rt, "of")
				}
				command = c
			case 1:
				command = EndSilence{Component: rapid.SampledFrom([]string{"sign-in", "api", "shop"}).Draw(rt, "of")}
			default:
				w.seeTimes(rapid.IntRange(1, 3).Draw(rt, "runs"), map[string]checker.Outcome{"journey": outcomes.Draw(rt, "journey"), "health": outcomes.Draw(rt, "health")})
			}
			if command != nil {
				_, d, err := Apply(w.state, command, By{Person: "eve"}, w.policy, w.now)
				if err != nil && !d.Empty() {
					rt.Fatal(err)
				}
			}
			for id, inc := range w.state.Incidents {
				if inc.Open() && !known[id] && inc.Opened.Equal(w.now) && w.state.silenceOf("", inc.Affected[0].Component) != nil {
					rt.Fatalf("%s begins on what is silenced", inc.Name)
				}
			}
			for id, status := range w.state.Components {
				c := w.policy.components[id]
				if status.Status.Badness() > 0 && w.policy.heard(c, w.state) && w.policy.incidentOf(id, w.state) == nil {
					rt.Fatalf("%s fails, is heard, and is part of nothing", id)
				}
			}
			for _, s := range w.state.Silences {
				if !s.Until.After(w.state.Decided) || s.Until.Sub(s.Began) > MaxSilence+MaxSilence || strings.TrimSpace(s.Reason) == "" {
					rt.Fatalf("%+v lasts at %v", s, w.state.Decided)
				}
			}
		}
	})
}
