package store_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/statuspage"
)

const expiry = "tls.days_left < 14"

// warns has the rules of the fixture know a warning.
func (f *fixture) warns(log *slog.Logger) {
	f.t.Helper()
	f.custom(func(o *incident.PolicyOptions) {
		o.Components[0].Checks[0].Warn = []string{expiry}
	})
	var err error
	if f.engine, err = incident.NewEngine(incident.EngineOptions{Store: f.store, Policy: f.policy, Now: f.time, Logger: log}); err != nil {
		f.t.Fatal(err)
	}
}

// warned lets both regions see an outcome, with a warning or without.
func (f *fixture) warned(n int, outcome checker.Outcome, warns bool) {
	f.t.Helper()
	for range n {
		f.pass(10 * time.Second)
		for _, region := range []string{"a", "b"} {
			r := f.result(region, outcome)
			r.Expectations = []checker.Expectation{{Expression: expiry, Effect: "warn", Met: !warns, Actual: "`" + expiry + "`: it was `9`"}}
			if warns {
				r.Warnings = []string{r.Expectations[0].Actual}
			}
			f.submit(region, r)
		}
	}
}

func (f *fixture) openIncidents() []incident.Incident {
	f.t.Helper()
	all, err := f.store.OpenIncidents(context.Background())
	if err != nil {
		f.t.Fatal(err)
	}
	return all
}

func TestAWarningIsKeptAndNothingPublicChanges(t *testing.T) {
	with, without := newFixture(t), newFixture(t)
	for _, f := range []*fixture{with, without} {
		f.warns(nil)
		f.subscribe(sam())
	}
	var id string
	for _, step := range []struct {
		runs    int
		outcome checker.Outcome
		warns   bool
		open    int
	}{
		{3, checker.OK, false, 0},
		{3, checker.OK, true, 1},
		{1, checker.Failed, true, 1},
		{3, checker.Failed, true, 2},
		{9, checker.OK, true, 1},
		{3, checker.OK, false, 0},
	} {
		with.warned(step.runs, step.outcome, step.warns)
		without.warned(step.runs, step.outcome, false)
		open := with.openIncidents()
		if len(open) != step.open {
			t.Fatalf("%+v: %d incidents are open", step, len(open))
		}
		for _, inc := range open {
			if !inc.Warns() {
				continue
			}
			id = inc.ID
			if inc.Severity != incident.P4 || inc.Reason != "P4: Sign in: `"+expiry+"`: it was `9`" || !inc.Affects("sign-in") {
				t.Errorf("%+v", inc)
			}
		}
		a, b := with.snapshot(), without.snapshot()
		a.Seq, b.Seq = 0, 0 // the events of staff are counted too
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%+v: the page is %+v\nand without warnings %+v", step, a, b)
		}
		listed, err := with.page.Incidents(context.Background(), 1)
		if want, err2 := without.page.Incidents(context.Background(), 1); err != nil || err2 != nil || !reflect.DeepEqual(listed, want) {
			t.Errorf("%+v: the history is %+v, without warnings %+v", step, listed, want)
		}
	}
	if _, err := with.page.Incident(context.Background(), id); !errors.Is(err, statuspage.ErrNotFound) {
		t.Errorf("a warning has a page: %v", err)
	}
	if n := with.count("SELECT count(*) FROM deliveries WHERE incident = ?", id) + with.count("SELECT count(*) FROM updates WHERE incident = ?", id); n != 0 {
		t.Errorf("%d messages of a warning", n)
	}
	if n := with.count("SELECT count(*) FROM severity_decisions WHERE incident = ? AND severity = 4 AND clause = ?", id, expiry); n != 1 {
		t.Errorf("%d decisions are stored", n)
	}
	if a, b := with.count("SELECT count(*) FROM deliveries"), without.count("SELECT count(*) FROM deliveries"); a != b || a == 0 {
		t.Errorf("%d deliveries, %d without warnings", a, b)
	}
}

func TestAWarningAloneIsNoChangeOfThePage(t *testing.T) {
	f := newFixture(t)
	f.warns(nil)
	f.warned(3, checker.OK, false)
	before := f.snapshot()
	f.warned(2, checker.OK, true)
	if after := f.snapshot(); len(f.openIncidents()) != 1 || after.Seq != before.Seq || !after.Updated.Equal(before.Updated) {
		t.Errorf("the page changed at %v (event %d), before at %v (%d)", after.Updated, after.Seq, before.Updated, before.Seq)
	}
}

func TestAWarningIsReadBack(t *testing.T) {
	f := newFixture(t)
	f.warns(nil)
	f.warned(2, checker.OK, false)
	f.warned(1, checker.OK, true)
	f.reopen()
	f.warns(nil)
	f.warned(1, checker.OK, true) // the second in a row, the first of this process
	open := f.openIncidents()
	if len(open) != 1 || open[0].Check != "journey" || !open[0].Since.Equal(start.Add(30*time.Second)) {
		t.Fatalf("%+v", open)
	}
	f.reopen()
	f.warns(nil)
	f.tick()
	f.warned(1, checker.OK, false)
	if again := f.openIncidents(); !reflect.DeepEqual(again, open) {
		t.Errorf("after a restart %+v, before %+v", again, open)
	}
	f.reopen()
	f.warns(nil)
	f.warned(1, checker.OK, false)
	if again := f.openIncidents(); len(again) != 0 {
		t.Errorf("%+v", again)
	}
}

func TestStaffHearOfAWarning(t *testing.T) {
	f := newFixture(t)
	var log bytes.Buffer
	f.warns(slog.New(slog.NewTextHandler(&log, nil)))
	f.warned(3, checker.OK, false)
	f.warned(4, checker.OK, true)
	f.warned(4, checker.OK, false)
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines:\n%s", len(lines), log.String())
	}
	for i, want := range []string{"level=WARN msg=\"a check warns\"", "level=INFO msg=\"a check does not warn any more\""} {
		for _, part := range []string{want, "check=journey", "component=sign-in", "it was `9`"} {
			if !strings.Contains(lines[i], part) {
				t.Errorf("%s does not say %s", lines[i], part)
			}
		}
	}
}
