package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/console"
	"daymark/incident"
	"daymark/notify/notifytest"
	"daymark/slo"
)

const sampleObjectives = `slos:
  - {id: works, component: sign-in, indicator: availability, objective: 99.9, window: 28d, alert: incident, public: true}
  - {id: quick, component: sign-in, indicator: latency, threshold: 2s, objective: 99, window: month, alert: notify}
  - {id: calm, component: sign-in, indicator: availability, objective: 99.9}
`

// look has the objectives looked at, and gives them by id.
func (o *onCall) look() map[string]console.ObjectiveStanding {
	o.t.Helper()
	if err := o.app.objectives.look(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
	all, at, err := o.app.objectives.Objectives(o.t.Context())
	if err != nil || !at.Equal(o.now()) {
		o.t.Fatal(at, err)
	}
	byID := map[string]console.ObjectiveStanding{}
	for _, s := range all {
		byID[s.ID] = s
	}
	return byID
}

// fill gives the time before now a run that went well each ten seconds.
func (o *onCall) fill(d time.Duration) {
	o.t.Helper()
	var batch []checker.Result
	for at := o.now().Add(-d); at.Before(o.now()); at = at.Add(10 * time.Second) {
		batch = append(batch, checker.Result{Check: "journey", Region: "elsewhere", At: at, Outcome: checker.OK, Latency: time.Second})
		if len(batch) == 1000 || !at.Add(10*time.Second).Before(o.now()) {
			if rejected, err := o.app.engine.Submit(o.t.Context(), "elsewhere", batch); err != nil || len(rejected) > 0 {
				o.t.Fatal(rejected, err)
			}
			batch = nil
		}
	}
}

// TestAnObjectiveBurns: single runs fail again and again, so that no quorum
// ever says that anything is down; the budget says it. Staff hear of it once,
// an incident is opened once, and the end is told.
func TestAnObjectiveBurns(t *testing.T) {
	o := newOnCall(t, func(notifytest.Call) notifytest.Pickup { return notifytest.Pickup{} }, sampleObjectives)
	o.fill(3 * 24 * time.Hour)
	seen := o.look()
	if s := seen["works"]; s.Good != 25920 || s.Bad != 0 || s.Left != 1 || s.Alert != nil || s.Coverage < 0.99 {
		t.Errorf("after an hour: %+v", s)
	}
	if public, err := o.app.objectives.PublicObjectives(t.Context()); err != nil || len(public) != 1 || public[0].ID != "works" || public[0].Good != 25920 {
		t.Errorf("visitors read of %+v, %v", public, err)
	}
	if s := seen["quick"]; s.Good != 4680 || s.Window.String() != "month" || s.Left != 1 {
		t.Errorf("after an hour: %+v", s)
	}
	for range 2 { // two failures wake nobody
		o.fails = true
		o.pass(10 * time.Second)
		o.fails = false
		o.pass(10 * time.Second)
	}
	if s := o.look()["works"]; s.Bad != 2 || s.Alert != nil || s.Pairs[0].Fires() {
		t.Errorf("after two failures: %+v", s)
	}
	for range 8 {
		o.fails = true
		o.pass(10 * time.Second)
		o.fails = false
		o.pass(20 * time.Second)
	}
	if found, err := o.app.store.IncidentsOf(t.Context(), incidentsNow); err != nil || len(found) != 0 {
		t.Fatalf("open before anybody looked: %+v, %v", found, err)
	}
	// It opens an incident when it has burnt for a while: what checks find by
	// then has one of its own.
	if s := o.look()["works"]; s.Alert == nil || s.Incident != "" {
		t.Errorf("it begins to burn: %+v", s)
	}
	o.pass(2 * time.Minute)
	seen = o.look()
	opened := o.incident()
	if s := seen["works"]; s.Bad != 10 || s.Alert == nil || !s.Alert.Pair.Page || s.Incident != opened.ID || s.Left > 0.7 {
		t.Errorf("burning: %+v", s)
	}
	if s := seen["calm"]; s.Alert != nil || !s.Pairs[0].Fires() {
		t.Errorf("it alerts nobody, and burns: %+v", s)
	}
	if opened.Name != "Sign in fails more often than it may" || opened.Severity != incident.P3 || opened.Care.OpenedBy != "objective works" || opened.Affected[0].Component != "sign-in" {
		t.Errorf("opened is %+v", opened)
	}
	// Another look, and one by another process that has the same database.
	o.pass(time.Minute)
	o.look()
	o.app.objectives = newObjectives(o.app.core, o.app.doc, o.app.log, o.app.wakeSender)
	if s := o.look()["works"]; s.Incident != opened.ID || len(s.Spent) == 0 {
		t.Errorf("still burning: %+v", s)
	}
	burns := func() (n, over int) {
		for _, raw := range o.mailTo("ana@harbour.example") {
			if strings.Contains(raw, "times too fast") {
				n++
			}
			if strings.Contains(raw, "not spent too fast any more") {
				over++
			}
		}
		return n, over
	}
	o.wait("the mail", func() bool { n, _ := burns(); return n == 1 })
	o.incident()

	for range 12 { // each look sees the short window empty itself, and then wait as long again
		o.pass(time.Minute)
		seen = o.look()
	}
	if s := seen["works"]; s.Alert != nil || s.Incident != "" {
		t.Errorf("it burns no more: %+v", s)
	}
	o.wait("the mail of the end", func() bool { n, over := burns(); return n == 1 && over == 1 })
	o.settled()
	if n, over := burns(); n != 1 || over != 1 {
		t.Errorf("told %d times, and %d times of the end", n, over)
	}
	// Nobody took it: it ends by itself now, as those that checks open.
	o.pass(5 * time.Minute)
	if found, err := o.app.store.IncidentsOf(t.Context(), incidentsNow); err != nil || len(found) != 0 {
		t.Errorf("still open: %+v, %v", found, err)
	}
}

// TestAnObjectiveOfAnOutage: where the checks have opened an incident already,
// the objective opens none, and knows what spent its budget, and what failed in
// the same hour before.
func TestAnObjectiveOfAnOutage(t *testing.T) {
	o := newOnCall(t, func(notifytest.Call) notifytest.Pickup { return notifytest.Pickup{} }, sampleObjectives)
	o.pass(10 * time.Minute)
	o.fails = true
	o.pass(10 * time.Second)
	o.fails = false
	o.pass(5 * time.Minute)
	o.fails = true
	o.pass(5 * time.Minute)
	opened := o.incident()
	s := o.look()["works"]
	spent := []slo.Spending{{Incident: opened.ID, Since: opened.Affected[0].From, Bad: 30}, {Bad: 1}}
	if s.Alert == nil || s.Incident != opened.ID || !slices.Equal(s.Spent, spent) {
		t.Errorf("it is %+v", s)
	}
	if s := o.look()["works"]; !slices.Equal(s.Spent, spent) { // by what is remembered
		t.Errorf("looked at again, it was spent on %+v", s.Spent)
	}
	o.pass(time.Minute) // and more fails
	if s := o.look()["works"]; s.Spent[0].Bad != 36 || s.Spent[1].Bad != 1 {
		t.Errorf("later it was spent on %+v", s.Spent)
	}
	if again := o.incident(); again.ID != opened.ID {
		t.Errorf("another is open: %+v", again)
	}
	if err := o.app.objectives.core.store.KeepObjectiveAlert(t.Context(), "gone", nil, nil, o.now()); err != nil {
		t.Error(err)
	}
}

// An objective that left the configuration burns no more.
func TestAnObjectiveIsForgotten(t *testing.T) {
	o := newOnCall(t, func(notifytest.Call) notifytest.Pickup { return notifytest.Pickup{} }, sampleObjectives)
	o.fails = true
	o.pass(5 * time.Minute)
	if s := o.look()["works"]; s.Alert == nil {
		t.Fatalf("it is %+v", s)
	}
	o.app.doc.SLOs = o.app.doc.SLOs[1:]
	o.look()
	alerts, err := o.app.store.ObjectiveAlerts(t.Context())
	if _, kept := alerts["works"]; kept || err != nil {
		t.Errorf("kept are %+v, %v", alerts, err)
	}
}

// Runs in the first hour of a day cover that hour of a month's objective, and
// not the day.
func TestCoverageOfAMonthIsThatOfItsHours(t *testing.T) {
	o := newOnCall(t, func(notifytest.Call) notifytest.Pickup { return notifytest.Pickup{} }, sampleObjectives)
	december := time.Date(2026, 12, 1, 0, 0, 0, 0, o.app.zone)
	var batch []checker.Result
	for minute := range 60 {
		batch = append(batch, checker.Result{Check: "journey", Region: "elsewhere", At: december.Add(time.Duration(minute) * time.Minute), Outcome: checker.OK, Latency: time.Second})
	}
	if rejected, err := o.app.engine.Submit(t.Context(), "elsewhere", batch); err != nil || len(rejected) > 0 {
		t.Fatal(rejected, err)
	}
	hours := o.now().Sub(december).Hours()
	if s := o.look()["quick"]; s.Good != 60 || s.Coverage < 1/hours-1e-9 || s.Coverage > 1.5/hours {
		t.Errorf("%d are good, and %v of %v h is covered", s.Good, s.Coverage, hours)
	}
}
