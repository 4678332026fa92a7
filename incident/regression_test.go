package incident

import (
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/support"
)

// Each of these once went wrong.

// A region that cannot tell is no failure of the target.
func TestOneUnknownTurnsNothingDown(t *testing.T) {
	w := newWorld(t, func(o *PolicyOptions) { o.Regions = o.Regions[:2] })
	w.see(nil)
	w.seeTimes(12, outcomes{"journey/a": failed})
	w.now = w.now.Add(10 * time.Second)
	w.decide([]Observation{{Series{"journey", "b"}, Run{At: w.now.UnixMilli(), Outcome: unknown}}})
	if w.status("sign-in") == Down {
		t.Error("one unknown run made it down; updates: ", w.kinds())
	}
}

// After an outage one failing region of three is not down any more.
func TestOneRegionDoesNotHoldACheckDown(t *testing.T) {
	w := newWorld(t, nil)
	w.see(nil)
	w.seeTimes(3, outcomes{"journey": failed})
	w.seeTimes(600, outcomes{"journey/c": failed})
	if w.status("sign-in") == Down {
		t.Error("one region of three (quorum 2) holds down 100 minutes later")
	}
}

// Also after a tick that found nothing measured.
func TestOneCleanRunIsEnoughAtTheBeginning(t *testing.T) {
	w := newWorld(t, nil)
	w.decide(nil)
	w.see(nil)
	if w.status("sign-in") != Operational {
		t.Error("after a first tick and one clean round:", w.status("sign-in"))
	}
}

// Also where the first word is owed later.
func TestWorseningIsToldAsSuch(t *testing.T) {
	w := newWorld(t, func(o *PolicyOptions) {
		o.SLAs[0].P1.First = &support.Span{Rest: 2 * time.Minute}
		o.SLAs[0].P3 = &Promises{First: &support.Span{}, Update: &support.Span{Rest: time.Hour}, Channels: []string{"page", "email", "sms"}}
		o.Severities = SeverityTable{P1: `availability == "none"`, P3: `availability == "full"`}
	})
	w.see(nil)
	w.seeTimes(4, outcomes{"journey": slow})
	w.seeTimes(20, outcomes{"journey": failed})
	for _, u := range w.all.Updates {
		t.Log(u.Kind, u.Severity)
	}
	if last := w.all.Updates[len(w.all.Updates)-1]; last.Kind != Worsened {
		t.Error("worsened P3->P1 told as", last.Kind)
	}
}

func TestFactsAgeByATimer(t *testing.T) {
	w := newWorld(t, nil)
	w.see(nil)
	w.seeTimes(3, outcomes{"journey": failed})
	now := w.now
	if due := NextDue(w.state, w.policy, now.Add(14*time.Second)); due.After(now.Add(15 * time.Second)) {
		t.Error("facts age never becomes due: ", due.Sub(now))
	}
}

func TestAClockThatRanAheadHidesNothing(t *testing.T) {
	w := newWorld(t, nil)
	w.see(nil)
	real := w.now
	w.now = w.now.Add(time.Hour) // the clock jumps ahead for a moment
	w.see(nil)
	w.now = real // and is set right
	w.seeTimes(60, outcomes{"journey": failed})
	if w.status("sign-in") != Down {
		t.Error("10 minutes of failures in all regions:", w.status("sign-in"))
	}
}

func TestARemovedCheckHoldsNothing(t *testing.T) {
	two := func(o *PolicyOptions) {
		c := o.Components[1].Checks[0]
		c.ID = "second"
		c.Means = string(Down)
		o.Components[0].Checks = append(o.Components[0].Checks, c)
	}
	w := newWorld(t, two)
	w.see(nil)
	w.seeTimes(3, outcomes{"second": failed})
	if w.status("sign-in") != Down {
		t.Fatal(w.status("sign-in"))
	}
	opts := shopOptions()
	p, _ := NewPolicy(opts)
	w.policy = p // restart without the check
	w.state.Loaded = w.now
	w.decide(nil)
	w.seeTimes(60, nil)
	if w.status("sign-in") != Operational || w.only().Open() {
		t.Error("10 min after the failing check was removed:", w.status("sign-in"), w.only().Phase)
	}
}

func TestAMovedCheckCountsForItsNewComponent(t *testing.T) {
	w := newWorld(t, nil)
	w.see(nil)
	w.seeTimes(3, outcomes{"health": failed})
	opts := shopOptions()
	opts.Components[0].Checks = append(opts.Components[0].Checks, opts.Components[1].Checks[0])
	extra := opts.Components[1].Checks[0]
	extra.ID = "other"
	opts.Components[1].Checks = []checker.Check{extra}
	p, err := NewPolicy(opts)
	if err != nil {
		t.Fatal(err)
	}
	w.policy = p
	w.decide(nil)
	w.seeTimes(20, outcomes{"health": failed})
	if w.status("sign-in").Badness() == 0 {
		t.Error("sign-in's check fails and it says", w.status("sign-in"))
	}
}

func TestTheEndOfARemovedComponentIsTold(t *testing.T) {
	w := newWorld(t, nil)
	w.see(nil)
	w.seeTimes(3, outcomes{"journey": failed})
	opts := shopOptions()
	opts.Components = opts.Components[1:]
	w.policy, _ = NewPolicy(opts)
	w.decide(nil)
	w.seeTimes(20, nil)
	last := w.all.Updates[len(w.all.Updates)-1]
	if last.Kind != Ended || len(last.Channels) == 0 {
		t.Error("ended on channels", last.Channels)
	}
}

func TestWhatNobodyWatchedIsNotResolved(t *testing.T) {
	w := newWorld(t, nil)
	w.see(nil)
	w.seeTimes(3, outcomes{"journey": failed})
	w.seeTimes(3, nil)
	w.now = w.now.Add(4 * time.Minute)
	w.state.Loaded = w.now // as Load does
	w.decide(nil)
	if !w.only().Open() {
		t.Error("resolved at the first tick, with nothing measured for 4 minutes")
	}
}

// An agent that was alone for two hours delivers what it saw then.
func TestABacklogOpensNothingAboutThePast(t *testing.T) {
	w := newWorld(t, nil)
	w.now = w.now.Add(2 * time.Hour)
	w.state = NewState(w.now)
	w.state.Verdicts["journey"] = Verdict{Check: "journey", Word: Up, Since: start}
	w.state.Components["sign-in"] = ComponentStatus{Component: "sign-in", Status: Operational, Since: start}
	w.decide(nil)
	w.now = w.now.Add(time.Second)
	for _, region := range []string{"a", "b"} { // first batch of each: two hours ago it failed for a while
		var all []Observation
		for i := range 10 {
			all = append(all, Observation{Series{"journey", region}, Run{At: start.Add(time.Duration(i) * 10 * time.Second).UnixMilli(), Outcome: failed}})
		}
		w.decide(all)
	}
	if w.status("sign-in") == Down {
		t.Errorf("opened about the past: %s, incident since %v, now %v, updates %s", w.status("sign-in"), w.only().Since, w.now, w.kinds())
	}
}

// A failure begins with its first run, but never before the last change.
func TestChangesOfStatusLieInOrder(t *testing.T) {
	w := newWorld(t, nil)
	w.see(nil)
	w.see(outcomes{"journey": slow})
	// runs scheduled now, received 4 s later
	feed := func(o checker.Outcome) {
		w.now = w.now.Add(6 * time.Second)
		at := w.now
		w.now = w.now.Add(4 * time.Second)
		for _, r := range []string{"a", "b", "c"} {
			w.decide([]Observation{{Series{"journey", r}, Run{At: at.UnixMilli(), Outcome: o}}})
		}
	}
	feed(failed)
	feed(failed)
	feed(failed)
	var last time.Time
	for _, c := range w.all.Components {
		if c.Component != "sign-in" {
			continue
		}
		if c.Since.Before(last) {
			t.Error("a later change lies before the earlier one")
		}
		last = c.Since
	}
}

func TestNotKnowingDoesNotEase(t *testing.T) {
	w := newWorld(t, func(o *PolicyOptions) {
		o.Severities = SeverityTable{P1: `availability == "none"`, P2: `availability == "full"`}
	})
	w.see(nil)
	w.seeTimes(3, outcomes{"journey": failed})
	w.seeTimes(3, outcomes{"journey": slow})     // eases: EaseSince set
	w.seeTimes(12, outcomes{"journey": unknown}) // two minutes of not knowing
	n := w.now
	for range 6 {
		w.see(outcomes{"journey": slow})
		if w.only().Severity == P2 {
			t.Errorf("eased %v after it could be told again; ease_after is 2m", w.now.Sub(n))
			break
		}
	}
}

func TestAReopenedIncidentIsGradedByWhatFailsNow(t *testing.T) {
	w := newWorld(t, func(o *PolicyOptions) {
		o.Severities = SeverityTable{P1: `criticality == "critical" and availability == "none"`, P2: `availability != "full"`}
		o.Components[1].DependsOn = []string{"sign-in"}
	})
	w.see(nil)
	w.seeTimes(3, outcomes{"journey": failed, "health": failed})
	w.seeTimes(12, nil)
	if w.only().Open() {
		t.Fatal("open")
	}
	w.seeTimes(3, outcomes{"journey": failed})
	if w.only().Severity != P1 {
		t.Error("sign-in (critical) is wholly down again and it is", w.only().Severity)
	}
}

func TestWhatRecoveredDoesNotEaseTheRest(t *testing.T) {
	w := newWorld(t, func(o *PolicyOptions) {
		o.Severities = SeverityTable{P1: `criticality == "critical" and availability == "none"`, P2: `availability != "full"`}
		o.Components[1].DependsOn = []string{"sign-in"}
	})
	w.see(nil)
	w.seeTimes(3, outcomes{"journey": failed, "health": failed})
	w.seeTimes(20, outcomes{"journey": failed})
	if w.only().Severity != P1 {
		t.Error("sign-in still wholly down, api recovered: eased to", w.only().Severity)
	}
}

func TestOneUnsteadyRegionDoesNotHideTheOthers(t *testing.T) {
	w := newWorld(t, nil)
	w.decide(nil)
	for range 50 {
		w.see(outcomes{"journey/c": failed})
		w.see(nil)
	}
	if w.status("sign-in") == Unmeasured {
		t.Error("16 minutes, a and b always ok, c every other time: still unknown")
	}
}

func TestAClockTurnedBackMovesNoPromise(t *testing.T) {
	w := newWorld(t, nil)
	w.see(nil)
	w.seeTimes(3, outcomes{"journey": failed})
	due := w.only().Promise.Due
	w.now = w.now.Add(-time.Hour)
	w.decide(nil)
	w.decide(nil)
	if !w.only().Promise.Due.Equal(due) {
		t.Error("moved")
	}
}

// Sign in was down and is over; then only the API comes back, slow.
func TestAReopenedIncidentSpeaksOfWhatFailsNow(t *testing.T) {
	w := newWorld(t, func(o *PolicyOptions) {
		o.Components[0].DependsOn = []string{"api"}
		o.Severities.P3 = `availability != "full" or error_rate >= 0 `
	})
	w.see(nil)
	w.seeTimes(3, outcomes{"journey": failed, "health": failed})
	w.seeTimes(12, nil)
	if w.only().Open() {
		t.Fatal("it is still open")
	}
	w.seeTimes(3, outcomes{"health": slow})
	inc := w.only()
	if inc.Name != "Payments API is slow" || strings.Contains(inc.Reason, "Sign in") {
		t.Errorf("named %q, because %q", inc.Name, inc.Reason)
	}
}

// A heartbeat whose addresses were revoked is not awaited: what it had broken
// ends.
func TestARevokedHeartbeatHoldsNothing(t *testing.T) {
	w := newWorld(t, func(o *PolicyOptions) {
		o.Components[1].Checks = []checker.Check{{ID: "beat", Heartbeat: &checker.Heartbeat{Every: time.Hour}, Regions: []string{"a"}}}
	})
	put := func(o checker.Outcome) {
		w.now = w.now.Add(time.Minute)
		w.decide([]Observation{{Series{"beat", "a"}, Run{At: w.now.UnixMilli(), Outcome: o}}})
	}
	put(failed)
	if !w.only().Open() {
		t.Fatal("nothing opened")
	}
	put(unknown)
	w.wait(3 * time.Minute)
	if w.only().Open() {
		t.Error("it is open three minutes after the revocation")
	}
}

// Regions that see different warnings do not take the word from each other.
func TestAWarningIsNotGradedAnewByEachRegion(t *testing.T) {
	w := newWorld(t, func(o *PolicyOptions) {
		o.Components[1].Checks[0].Warn = []string{expiry, `latency > duration("50ms")`}
	})
	for range 60 {
		for _, region := range []string{"a", "b", "c"} {
			w.now = w.now.Add(3 * time.Second)
			clause := expiry
			if region == "a" {
				clause += `; latency > duration("50ms")`
			}
			w.decide([]Observation{{Series{"health", region}, Run{At: w.now.UnixMilli(), Outcome: checker.OK, Warning: &Warning{Clause: clause, Text: clause}}}})
		}
	}
	if n := len(w.all.Severities); n != 1 {
		t.Errorf("it was graded %d times", n)
	}
}
