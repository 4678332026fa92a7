package incident

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"daymark/checker"
)

const expiry = "tls.days_left < 14"

func warningShop(o *PolicyOptions) {
	o.Components[0].Checks[0].Warn = []string{expiry}
	o.Components[1].Checks[0].Warn = []string{expiry}
}

func expires(days string) *Warning {
	return &Warning{Clause: expiry, Text: "`" + expiry + "`: it was `" + days + "`"}
}

// runs lets "health" run once in each region a, b and c, by three letters:
// w ok with a warning, o ok, f failed with nothing to look at, F failed with a
// warning, d degraded with one, u unknown, - not at all.
func (w *world) runs(word string) {
	w.now = w.now.Add(10 * time.Second)
	var all []Observation
	for i, letter := range word {
		run := Run{At: w.now.UnixMilli(), Outcome: map[rune]checker.Outcome{
			'w': checker.OK, 'o': checker.OK, 'f': failed, 'F': failed, 'd': slow, 'u': unknown,
		}[letter], Latency: 100 * time.Millisecond}
		if strings.ContainsRune("wFd", letter) {
			run.Warning = expires("9")
		}
		if letter != '-' {
			all = append(all, Observation{Series{"health", string(rune('a' + i))}, run})
		}
	}
	w.decide(all)
}

// rounds gives rounds of runs, separated by spaces.
func (w *world) rounds(words string) {
	for word := range strings.FieldsSeq(words) {
		w.runs(word)
	}
}

// warning gives the open warning, or nil.
func (w *world) warning() (found *Incident) {
	w.t.Helper()
	for _, inc := range w.state.Incidents {
		if inc.Warns() && inc.Open() {
			if found != nil {
				w.t.Fatal("a check has two warnings")
			}
			found = inc
		}
	}
	return found
}

func TestWhenAWarningStands(t *testing.T) {
	for name, row := range map[string]struct {
		rounds string
		want   bool
	}{
		"one run is none":                                {"www", false},
		"two in a row from all":                          {"www www", true},
		"two from the quorum":                            {"wwo wwo", true},
		"as many can tell as the quorum":                 {"wwu wwu", true},
		"one that warned when the others last told":      {"woo wuu wuu", false},
		"and once more":                                  {"woo wuu wuu wuu", true},
		"two from fewer":                                 {"woo woo woo woo", false},
		"not in a row":                                   {"wwo ooo wwo", false},
		"runs that cannot tell do not break a row":       {"www uuu www", true},
		"failures with nothing to look at do neither":    {"www fff www", true},
		"failed and degraded runs can carry one":         {"FFd FdF", true},
		"fewer than the quorum can tell: all, once more": {"wuu wuu", false},
		"and they did":                                   {"wuu wuu wuu", true},
		"one clean run does not end it":                  {"www www ooo", true},
		"two from all do":                                {"www www ooo ooo", false},
		"two from some do not":                           {"www www oow oow oow", true},
		"unknown runs do not end it":                     {"www www uuu uuu uuu uuu", true},
		"failures with nothing to look at do not":        {"www www fff fff fff fff", true},
		"nor does a region that never warned, alone":     {"wwo wwo uuo uuo uuo", true},
		"nor silence":                                    {"www www --- --- --- ---", true},
		"it begins again":                                {"www www ooo ooo www www", true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, warningShop)
			w.rounds("ooo " + row.rounds)
			if got := w.warning() != nil; got != row.want {
				t.Errorf("%s: stands: %v, want %v", row.rounds, got, row.want)
			}
		})
	}
}

func TestAWarningIsAnIncidentForStaffAlone(t *testing.T) {
	w := newWorld(t, warningShop)
	w.rounds("ooo ooo")
	before, verdicts := w.state.Components["api"], len(w.all.Verdicts)
	w.rounds("www www")
	inc := w.warning()
	if inc == nil {
		t.Fatal("no incident")
	}
	if inc.Severity != P4 || inc.Worst != P4 || inc.Public() || inc.Check != "health" || !inc.Affects("api") || inc.Promise != nil {
		t.Errorf("%+v", inc)
	}
	if want := "P4: Payments API: `tls.days_left < 14`: it was `9`"; inc.Reason != want {
		t.Errorf("the reason is %q, want %q", inc.Reason, want)
	}
	if want := start.Add(30 * time.Second); !inc.Since.Equal(want) || inc.Name != "Payments API: "+expiry {
		t.Errorf("%q since %v", inc.Name, inc.Since)
	}
	if len(w.all.Severities) != 1 || w.all.Severities[0].Clause != expiry || w.all.Severities[0].Severity != P4 {
		t.Errorf("decided: %+v", w.all.Severities)
	}
	w.rounds("www www www")
	if len(w.all.Severities) != 1 {
		t.Error("a warning that stands is decided again")
	}
	w.rounds("ooo ooo")
	if inc.Open() || inc.Resolved != w.now || inc.Public() {
		t.Errorf("%+v", inc)
	}
	if w.state.Components["api"] != before || len(w.all.Verdicts) != verdicts {
		t.Errorf("the component is %+v, verdicts %+v", w.state.Components["api"], w.all.Verdicts)
	}
	if len(w.all.Updates)+len(w.all.Promises) > 0 {
		t.Error("something was published or promised")
	}
}

func TestAWarningSoonAfterAnotherIsTheSame(t *testing.T) {
	w := newWorld(t, warningShop)
	w.rounds("ooo www www ooo ooo")
	id := w.only().ID
	w.rounds("www www")
	if inc := w.warning(); inc == nil || inc.ID != id || !inc.Resolved.IsZero() || inc.Opened.Equal(w.now) {
		t.Errorf("%+v", inc)
	}
	w.rounds("ooo ooo")
	w.now = w.now.Add(DefaultReopenWithin + time.Minute)
	w.rounds("www www")
	if inc := w.warning(); inc == nil || inc.ID == id {
		t.Errorf("after a day: %+v", inc)
	}
}

func TestAWarningAndAFailureAreTwoIncidents(t *testing.T) {
	for name, row := range map[string]struct{ before, after string }{
		"the warning first": {"ooo www www", "FFF FFF"},
		"the failure first": {"ooo fff fff", "FFF FFF"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, warningShop)
			w.rounds(row.before)
			w.rounds(row.after)
			var failure *Incident
			for _, inc := range w.state.Incidents {
				if !inc.Warns() {
					failure = inc
				}
			}
			warning := w.warning()
			if warning == nil || failure == nil || len(w.state.Incidents) != 2 || !failure.Public() || warning.Public() {
				t.Fatalf("%+v", w.state.Incidents)
			}
			if failure.Severity != P2 || warning.Severity != P4 {
				t.Errorf("%s and %s", failure.Severity, warning.Severity)
			}
			w.rounds("www www www www www www www www www")
			if failure.Open() || !warning.Open() {
				t.Error("the failure is over, the warning stands")
			}
			w.rounds("ooo ooo")
			w.rounds("fff fff")
			if !failure.Open() || warning.Open() {
				t.Error("the failure began again, the warning did not")
			}
		})
	}
}

func TestAnotherClauseIsDecidedAgain(t *testing.T) {
	w := newWorld(t, warningShop)
	w.rounds("ooo www www")
	w.now = w.now.Add(10 * time.Second)
	other := &Warning{Clause: "size > 1000", Text: "`size > 1000`: it was `2000`"}
	var all []Observation
	for _, region := range []string{"a", "b", "c"} {
		all = append(all, Observation{Series{"health", region}, Run{At: w.now.UnixMilli(), Outcome: checker.OK, Warning: other}})
	}
	w.decide(all)
	inc := w.warning()
	if inc == nil || !strings.Contains(inc.Reason, "it was `2000`") || len(w.all.Severities) != 2 || w.all.Severities[1].Clause != other.Clause {
		t.Errorf("%+v, %+v", inc, w.all.Severities)
	}
}

func TestAWarningOfWhatIsNotConfiguredEnds(t *testing.T) {
	for name, change := range map[string]func(*PolicyOptions){
		"the check":     func(o *PolicyOptions) { o.Components[1].Checks = nil },
		"the component": func(o *PolicyOptions) { o.Components = o.Components[:1] },
		"the warning":   func(o *PolicyOptions) { o.Components[1].Checks[0].Warn = nil },
		"the place": func(o *PolicyOptions) {
			o.Components[0].Checks, o.Components[1].Checks = o.Components[1].Checks, o.Components[0].Checks
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, warningShop)
			w.rounds("ooo www www")
			inc := w.warning()
			changed := newWorld(t, func(o *PolicyOptions) { warningShop(o); change(o) })
			w.policy = changed.policy
			w.decide(nil)
			if inc.Open() {
				t.Errorf("%+v", inc)
			}
			if moved := w.warning(); name == "the place" && (moved == nil || !moved.Affects("sign-in")) {
				t.Errorf("the warning did not move: %+v", moved)
			}
		})
	}
}

func TestWhichWarningsOfAResultCount(t *testing.T) {
	for name, row := range map[string]struct {
		result checker.Result
		want   *Warning
	}{
		"none":             {checker.Result{}, nil},
		"the runner's own": {checker.Result{Warnings: []string{"the body was cut"}}, nil},
		"what is as it should be": {checker.Result{Expectations: []checker.Expectation{
			{Expression: expiry, Effect: "warn", Met: true, Actual: "x"}, {Expression: "status == 200", Effect: "expect"}, {Expression: "latency > 1", Effect: "degraded"},
		}}, nil},
		"two": {checker.Result{Expectations: []checker.Expectation{
			{Expression: "a", Effect: "warn", Actual: "it was 1"}, {Expression: "b", Effect: "warn", Actual: "it was 2"},
		}}, &Warning{"a; b", "it was 1; it was 2"}},
		"as long as may be": {
			checker.Result{Expectations: []checker.Expectation{{Expression: strings.Repeat("ä", checker.MaxReason), Effect: "warn", Actual: "x"}}},
			&Warning{strings.Repeat("ä", checker.MaxReason), "x"},
		},
		"a longer one": {
			checker.Result{Expectations: []checker.Expectation{{Expression: strings.Repeat("ä", checker.MaxReason+1), Effect: "warn", Actual: "x"}}},
			&Warning{strings.Repeat("ä", checker.MaxReason-1) + "…", "x"},
		},
		"a long one": {
			checker.Result{Expectations: []checker.Expectation{{Expression: strings.Repeat("ä", 3000), Effect: "warn", Actual: "x"}}},
			&Warning{strings.Repeat("ä", checker.MaxReason-1) + "…", "x"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := WarningOf(&row.result); !reflect.DeepEqual(got, row.want) {
				t.Errorf("got %+v, want %+v", got, row.want)
			}
		})
	}
}
