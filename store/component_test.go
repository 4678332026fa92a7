package store_test

import (
	"context"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/statuspage"
)

func (f *fixture) history() *statuspage.ComponentHistory {
	f.t.Helper()
	ask := statuspage.ComponentAsk{ID: "sign-in", Timed: "journey", Step: 15 * time.Minute}
	h, err := f.page.Component(context.Background(), ask, f.time())
	if err != nil {
		f.t.Fatal(err)
	}
	return h
}

func TestAComponentsHistory(t *testing.T) {
	f := newFixture(t)
	f.rounds(4, checker.OK)
	f.pass(30 * time.Minute)
	f.rounds(6, checker.Failed)
	failedAt := f.time()
	f.pass(time.Second) // a window ends before its last moment
	h := f.history()

	if len(h.Times) != 2 || h.Times[0].Region != "a" || h.Times[1].Region != "b" {
		t.Fatalf("regions: %+v", h.Times)
	}
	answered, failed := 0, 0
	var sum time.Duration
	for _, b := range h.Times[0].Buckets {
		answered, failed, sum = answered+b.Answered, failed+b.Failed, sum+b.Sum
	}
	if len(h.Times[0].Buckets) != 96 || answered != 4 || failed != 6 || sum != 4*120*time.Millisecond {
		t.Errorf("%d buckets, %d answered, %d failed in %v", len(h.Times[0].Buckets), answered, failed, sum)
	}
	if last := h.Times[0].Buckets[95]; last.Failed != 6 || last.Answered != 0 {
		t.Errorf("the newest bucket: %+v", last)
	}
	if !h.Times[0].Told.Equal(failedAt) || !h.Times[0].Answered.Equal(failedAt.Add(-30*time.Minute-60*time.Second)) {
		t.Errorf("answered %v, told %v, failed at %v", h.Times[0].Answered, h.Times[0].Told, failedAt)
	}
	checks, fails, down := 0, 0, time.Duration(0)
	for _, hour := range h.Hours {
		checks, fails, down = checks+hour.Checks, fails+hour.Failed, down+hour.Down
	}
	if len(h.Hours) != 25 || checks != 20 || fails != 12 {
		t.Errorf("%d hours with %d runs, %d failed", len(h.Hours), checks, fails)
	}
	if state := f.snapshot().Components["sign-in"]; down <= 0 || down != f.time().Sub(state.Since) {
		t.Errorf("down for %v since %v", down, state.Since)
	}
	if len(h.Incidents) != 1 || !h.Incidents[0].Open() || len(h.Incidents[0].Updates) == 0 {
		t.Errorf("incidents: %+v", h.Incidents)
	}
	if got := f.snapshot().Answers["journey"]; got != 120*time.Millisecond {
		t.Errorf("answers in %v", got)
	}

	// What nobody has heard of is empty, and no fault.
	none, err := f.page.Component(context.Background(), statuspage.ComponentAsk{ID: "none"}, f.time())
	if err != nil || len(none.Times) != 0 || len(none.Incidents) != 0 || len(none.Hours) != 25 {
		t.Errorf("%+v, %v", none, err)
	}
}

func TestAComponentsHistoryIsReadOnceAWhile(t *testing.T) {
	f := newFixture(t)
	f.rounds(4, checker.OK)
	first := f.history()
	f.pass(10 * time.Second)
	if f.history() != first {
		t.Error("it was read again though nothing happened")
	}
	f.pass(31 * time.Second)
	second := f.history()
	if second == first {
		t.Error("it was not read again after a while")
	}
	f.rounds(6, checker.Failed)
	if f.history() == second {
		t.Error("it was not read again though something happened")
	}
}

func TestIncidentsThatEndedLongAgoAreStillNamed(t *testing.T) {
	f := newFixture(t)
	f.rounds(4, checker.OK)
	f.rounds(6, checker.Failed)
	f.rounds(20, checker.OK)
	tick := func(after time.Duration) *statuspage.Snapshot {
		f.pass(after)
		f.round(checker.OK)
		return f.snapshot()
	}
	if s := tick(29 * 24 * time.Hour); len(s.Recent) != 1 || len(s.Earlier) != 0 {
		t.Fatalf("after 29 days: %d recent, %d earlier", len(s.Recent), len(s.Earlier))
	}
	s := tick(2 * 24 * time.Hour)
	if len(s.Recent) != 0 || len(s.Earlier) != 1 || len(s.Earlier[0].Affected) != 1 || s.Earlier[0].Affected[0].Component != "sign-in" ||
		s.Earlier[0].Affected[0].Worst != incident.Down || s.Earlier[0].Affected[0].Until.IsZero() || s.Earlier[0].Name == "" {
		t.Errorf("after 31 days: %d recent, earlier %+v", len(s.Recent), s.Earlier)
	}
	if h := f.history(); len(h.Incidents) != 1 || len(h.Incidents[0].Updates) == 0 {
		t.Errorf("its component has %+v", h.Incidents)
	}
	if s := tick(60 * 24 * time.Hour); len(s.Earlier) != 0 || len(f.history().Incidents) != 0 {
		t.Errorf("after 91 days: %+v", s.Earlier)
	}
}
