package incident

import (
	"strings"
	"testing"
	"time"

	"daymark/checker"
)

func TestVerdictByQuorumOfTheRegionsThatCanTell(t *testing.T) {
	for name, test := range map[string]struct {
		steps func(w *world)
		want  Status
	}{
		"never measured": {func(w *world) {}, ""},
		"one clean run":  {func(w *world) { w.see(nil) }, Operational},
		"one region failing is not down": {func(w *world) {
			w.see(nil)
			w.seeTimes(3, outcomes{"journey/a": failed})
		}, Operational},
		"one region failing for long is degraded": {func(w *world) {
			w.see(nil)
			w.seeTimes(6, outcomes{"journey/a": failed})
		}, Slow},
		"two regions failing once is not down": {func(w *world) {
			w.see(nil)
			w.see(outcomes{"journey/a": failed, "journey/b": failed})
		}, Operational},
		"two regions failing twice is down": {func(w *world) {
			w.see(nil)
			w.seeTimes(2, outcomes{"journey/a": failed, "journey/b": failed})
		}, Down},
		"unknown is not down": {func(w *world) {
			w.see(nil)
			w.seeTimes(9, outcomes{"journey": unknown})
		}, Unmeasured},
		"only one region can tell: one run more is asked for": {func(w *world) {
			w.see(nil)
			w.seeTimes(2, outcomes{"journey/a": failed, "journey/b": unknown, "journey/c": unknown})
		}, Operational},
		"only one region can tell and failed once more": {func(w *world) {
			w.see(nil)
			w.seeTimes(3, outcomes{"journey/a": failed, "journey/b": unknown, "journey/c": unknown})
		}, Down},
		"unknown in between neither counts nor breaks a streak": {func(w *world) {
			w.see(nil)
			w.see(outcomes{"journey/a": failed, "journey/b": failed})
			w.see(outcomes{"journey/a": unknown, "journey/b": unknown})
			w.see(outcomes{"journey/a": failed, "journey/b": failed})
		}, Down},
		"up again needs two clean runs everywhere": {func(w *world) {
			w.see(nil)
			w.seeTimes(2, outcomes{"journey": failed})
			w.see(nil)
		}, Down},
		"up again": {func(w *world) {
			w.see(nil)
			w.seeTimes(2, outcomes{"journey": failed})
			w.seeTimes(2, nil)
		}, Operational},
		"neither up nor down while one region still fails": {func(w *world) {
			w.see(nil)
			w.seeTimes(2, outcomes{"journey": failed})
			w.seeTimes(3, outcomes{"journey/b": failed})
		}, Slow},
		"from down to slow": {func(w *world) {
			w.see(nil)
			w.seeTimes(2, outcomes{"journey": failed})
			w.seeTimes(2, outcomes{"journey": slow})
		}, Slow},
		"slow by quorum": {func(w *world) {
			w.see(nil)
			w.seeTimes(2, outcomes{"journey/a": slow, "journey/b": slow})
		}, Slow},
		"all regions silent is not measured": {func(w *world) {
			w.see(nil)
			w.wait(2 * time.Minute)
		}, Unmeasured},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			test.steps(w)
			if got := w.status("sign-in"); got != test.want {
				t.Errorf("status %q; want %q (%+v)", got, test.want, w.state.Verdicts["journey"])
			}
		})
	}
}

func TestACriticalFailureOpensAsP1WithReasonsAndItsFirstWord(t *testing.T) {
	w := newWorld(t, nil)
	w.see(nil)
	w.seeTimes(2, outcomes{"journey": failed})
	inc := w.only()
	if inc.Name != "Sign in is not available" || inc.Severity != P1 || inc.Phase != Investigating {
		t.Errorf("opened as %q %s %s", inc.Name, inc.Severity, inc.Phase)
	}
	if want := "P1: Sign in is not available: 3 regions failing"; inc.Reason != want {
		t.Errorf("reason %q; want %q", inc.Reason, want)
	}
	if got := inc.Since; !got.Equal(start.Add(20 * time.Second)) {
		t.Errorf("since %v; want the first failed run", got)
	}
	if len(w.all.Severities) != 1 || !strings.Contains(w.all.Severities[0].Clause, "critical") || w.all.Severities[0].Facts.RegionsFailing != 3 {
		t.Errorf("severity decision %+v", w.all.Severities)
	}
	if len(inc.Updates) != 1 {
		t.Fatalf("%d updates; want the facts at once", len(inc.Updates))
	}
	u := inc.Updates[0]
	if want := "Sign in is not available from any region that we measure since 13:00."; u.Text != want || !u.Auto || u.Kind != Opened {
		t.Errorf("update %+v; want text %q", u, want)
	}
	if strings.Join(u.Channels, " ") != "email sms" {
		t.Errorf("channels %v", u.Channels)
	}
	if inc.Promise == nil || !inc.Promise.Due.Equal(w.now.Add(30*time.Minute)) || !u.NextBy.Equal(inc.Promise.Due) {
		t.Errorf("promise %+v", inc.Promise)
	}
}

func TestRecoveryIsWatchedAndThenResolvedOnce(t *testing.T) {
	w := newWorld(t, nil)
	w.see(nil)
	w.seeTimes(2, outcomes{"journey": failed})
	w.seeTimes(2, nil)
	if inc := w.only(); inc.Phase != Monitoring || inc.CleanSince.IsZero() {
		t.Fatalf("after clean runs: %s since %v", inc.Phase, inc.CleanSince)
	}
	w.seeTimes(12, nil)
	inc := w.only()
	if inc.Phase != Resolved || inc.Promise != nil {
		t.Fatalf("phase %s, promise %v", inc.Phase, inc.Promise)
	}
	if inc.Name != "Sign in was not available" {
		t.Errorf("it is over, and named %q", inc.Name)
	}
	read := inc.Clone()
	read.Name = "as it is kept"
	if got := w.policy.public.Sentence(&read); got != "Sign in was not available" {
		t.Errorf("a reader in another language reads %q", got)
	}
	if got := w.kinds(); got != "opened ended " {
		t.Errorf("updates %s", got)
	}
	last := inc.Updates[1]
	if want := "Sign in works again since 13:00. It was not available for 30 s."; last.Text != want {
		t.Errorf("last word %q; want %q", last.Text, want)
	}
	if !last.NextBy.IsZero() || strings.Join(last.Channels, " ") != "email sms" {
		t.Errorf("last word promises %v, goes to %v", last.NextBy, last.Channels)
	}
}

// TestTheEndDoesNotCallAllOfItTheWorst: what was down and then slow was not
// down until it worked.
func TestTheEndDoesNotCallAllOfItTheWorst(t *testing.T) {
	w := newWorld(t, nil)
	w.see(nil)
	w.seeTimes(2, outcomes{"journey": failed})
	w.seeTimes(4, outcomes{"journey": slow})
	w.seeTimes(14, nil)
	inc := w.only()
	last := inc.Updates[len(inc.Updates)-1]
	if inc.Phase != Resolved || last.Text != "Sign in works again since 13:01. It was not available for 30 s. It was failing or slow for 1 min 10 s in all." {
		t.Errorf("%s, %v: %q", inc.Phase, inc.Care.Eased, last.Text)
	}
}

func TestAFailureSoonAfterTheEndReopens(t *testing.T) {
	w := newWorld(t, nil)
	w.see(nil)
	w.seeTimes(2, outcomes{"journey": failed})
	w.seeTimes(14, nil)
	w.seeTimes(2, outcomes{"journey": failed})
	inc := w.only()
	if inc.Phase != Investigating || !inc.Resolved.IsZero() || inc.Severity != P1 {
		t.Errorf("%s %s, resolved %v", inc.Phase, inc.Severity, inc.Resolved)
	}
	if got := w.kinds(); got != "opened ended reopened " {
		t.Errorf("updates %s", got)
	}
	w.seeTimes(14, nil)
	w.seeTimes(200, nil) // half an hour later it is another incident
	w.seeTimes(2, outcomes{"journey": failed})
	if got := w.kinds(); got != "opened ended reopened ended opened " {
		t.Errorf("updates %s", got)
	}
}

func TestThePromisedWordComesInTime(t *testing.T) {
	w := newWorld(t, nil)
	w.see(nil)
	w.seeTimes(2, outcomes{"journey": failed})
	opened := w.now
	w.seeTimes(6*61, outcomes{"journey": failed})
	inc := w.only()
	if len(inc.Updates) != 3 {
		t.Fatalf("%d updates in an hour; want 3", len(inc.Updates))
	}
	for i, u := range inc.Updates[1:] {
		if u.Promised.IsZero() || u.At.After(u.Promised) || u.Promised.Sub(u.At) > 40*time.Second {
			t.Errorf("update %d at %v, promised by %v", i+2, u.At, u.Promised)
		}
		if u.Kind != Progress || !u.Auto {
			t.Errorf("update %d is %s", i+2, u.Kind)
		}
	}
	if due := inc.Updates[1].Promised; !due.Equal(opened.Add(30 * time.Minute)) {
		t.Errorf("the first promise was due at %v", due)
	}
	for _, p := range w.all.Promises {
		if !p.Ended.IsZero() && !p.Kept() {
			t.Errorf("broken promise %+v", p)
		}
	}
}

func TestFirstWordIsOwedWithinItsTime(t *testing.T) {
	w := newWorld(t, nil)
	w.see(nil)
	w.seeTimes(2, outcomes{"health": failed})
	inc := w.only()
	if inc.Severity != P2 || len(inc.Updates) != 0 || inc.Promise == nil || inc.Promise.Kind != FirstWord {
		t.Fatalf("%s, %d updates, promise %+v", inc.Severity, len(inc.Updates), inc.Promise)
	}
	w.seeTimes(12, outcomes{"health": failed})
	if len(inc.Updates) != 1 || inc.Updates[0].Kind != Opened || inc.Updates[0].At.After(inc.Updates[0].Promised) {
		t.Errorf("updates %+v", inc.Updates)
	}
	if inc.Promise.Kind != NextUpdate {
		t.Errorf("then runs %s", inc.Promise.Kind)
	}
}

func TestSeverityWorsensAtOnceAndEasesAfterAHold(t *testing.T) {
	w := newWorld(t, func(o *PolicyOptions) {
		o.Components[0].DependsOn = []string{"api"}
		o.Severities.P1 = `criticality == "critical" and availability == "none"`
	})
	w.see(nil)
	w.seeTimes(2, outcomes{"health": failed})
	if inc := w.only(); inc.Severity != P2 {
		t.Fatalf("opened as %s", inc.Severity)
	}
	w.seeTimes(2, outcomes{"health": failed, "journey": failed})
	inc := w.only()
	if inc.Severity != P1 || inc.Name != "Sign in and Payments API are not available" || w.kinds() != "opened " {
		t.Fatalf("%s %q %s", inc.Severity, inc.Name, w.kinds())
	}
	// Sign in recovers and the API stays down: then only a part is out.
	w.seeTimes(6, outcomes{"health": failed})
	if inc.Name != "Payments API is not available" {
		t.Errorf("named %q after sign-in recovered", inc.Name)
	}
	if inc.Severity != P1 {
		t.Errorf("eased to %s at once", inc.Severity)
	}
	w.seeTimes(60, outcomes{"health": failed})
	if inc.Severity != P2 || inc.Worst != P1 {
		t.Errorf("%s, worst %s; want P2 after the hold", inc.Severity, inc.Worst)
	}
}

func TestRelatedFailuresJoinAndOthersOpenTheirOwn(t *testing.T) {
	w := newWorld(t, nil)
	w.see(nil)
	w.seeTimes(2, outcomes{"journey": failed, "health": failed})
	if len(w.state.Incidents) != 2 {
		t.Errorf("%d incidents for two causes", len(w.state.Incidents))
	}
	w = newWorld(t, func(o *PolicyOptions) {
		o.Components[1].Checks[0].HTTP.URL = "https://shop.example/health"
	})
	w.see(nil)
	w.seeTimes(2, outcomes{"journey": failed, "health": failed})
	if inc := w.only(); len(inc.Affected) != 2 {
		t.Errorf("affects %+v", inc.Affected)
	}
}

func TestNobodyCanTellEndsNothing(t *testing.T) {
	w := newWorld(t, nil)
	w.see(nil)
	w.seeTimes(2, outcomes{"journey": failed})
	w.seeTimes(30, outcomes{"journey": unknown})
	inc := w.only()
	if !inc.Open() || inc.Phase != Investigating || w.status("sign-in") != Unmeasured {
		t.Errorf("%s, %s", inc.Phase, w.status("sign-in"))
	}
	w.see(nil)
	if w.status("sign-in") != Unmeasured && w.status("sign-in") != Down {
		t.Errorf("one clean run after silence: %s", w.status("sign-in"))
	}
	w.seeTimes(10, nil)
	if inc.Open() {
		t.Errorf("clean again, but %s", inc.Phase)
	}
}

func TestAP4IsNotPublic(t *testing.T) {
	w := newWorld(t, func(o *PolicyOptions) { o.Components[1].Criticality = "minor"; o.Severities.P3 = "" })
	w.see(nil)
	w.seeTimes(2, outcomes{"health": failed})
	w.seeTimes(20, outcomes{"health": failed})
	if inc := w.only(); inc.Severity != P4 || inc.Public() || len(inc.Updates) != 0 || inc.Promise != nil {
		t.Errorf("%+v", inc)
	}
}

func TestARestartMakesNobodySilent(t *testing.T) {
	w := newWorld(t, nil)
	w.seeTimes(3, nil)
	w.now = w.now.Add(time.Hour)
	w.state.Loaded = w.now
	w.decide(nil)
	if got := w.status("sign-in"); got != Operational {
		t.Errorf("just restarted: %s", got)
	}
	w.see(outcomes{"journey/b": silent, "journey/c": silent, "journey/a": checker.OK})
	if got := w.status("sign-in"); got != Operational {
		t.Errorf("after the first result: %s", got)
	}
}
