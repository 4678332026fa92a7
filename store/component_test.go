package store_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/statuspage"
	"daymark/store"
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
	hours := f.snapshot().Components["sign-in"].Hours
	for _, hour := range hours {
		checks, fails, down = checks+hour.Checks, fails+hour.Failed, down+hour.Down
	}
	if len(hours) != 25 || checks != 20 || fails != 12 {
		t.Errorf("%d hours with %d runs, %d failed", len(hours), checks, fails)
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
	if err != nil || len(none.Times) != 0 || len(none.Incidents) != 0 {
		t.Errorf("%+v, %v", none, err)
	}
}

func TestHoursBetweenCallsAreCovered(t *testing.T) {
	f := newBeatFixture(t, checker.Heartbeat{Every: 7 * time.Hour, Grace: time.Minute})
	f.called(0)
	f.pass(7 * time.Hour)
	f.called(0)
	f.pass(3 * time.Hour)
	hours := f.snapshot().Components["batch"].Hours
	runs, covered := 0, 0
	for _, h := range hours {
		runs += h.Checks
		if h.Covered {
			covered++
		}
	}
	if len(hours) != 25 || runs != 2 || covered != 9 || hours[13].Covered {
		t.Errorf("%d hours, %d runs, %d covered: %+v", len(hours), runs, covered, hours)
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

// BenchmarkComponentHistoryRatio reads what the page of a component shows,
// anew each time, beside a bare sum over the same raw results, in a file that
// holds a million of them.
func BenchmarkComponentHistoryRatio(b *testing.B) {
	path := filepath.Join(b.TempDir(), "seed.db")
	seedMillion(b, path)
	s, err := store.Open(context.Background(), store.Options{Path: path})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	db, err := sql.Open("sqlite", "file:"+path+benchPragmas)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	now := start.Add(time.Minute)
	ask := statuspage.ComponentAsk{ID: "check-007", Timed: "check-007", Step: 15 * time.Minute}
	var oursTook, referenceTook time.Duration
	for b.Loop() {
		began := time.Now()
		page := store.NewPage(s, func(check string) string { return check }) // it has kept nothing
		h, err := page.Component(context.Background(), ask, now)
		between := time.Now()
		if err != nil || len(h.Times) != benchRegions || h.Times[0].Answered.IsZero() {
			b.Fatal(h, err)
		}
		var n, sum int64
		err = db.QueryRow(`SELECT count(*), sum(latency) FROM results WHERE series IN (SELECT id FROM series WHERE check_id = ?) AND at >= ? AND at < ?`,
			ask.ID, now.Add(-24*time.Hour).UnixMilli(), now.UnixMilli()).Scan(&n, &sum)
		if err != nil || n == 0 {
			b.Fatal(n, err)
		}
		oursTook += between.Sub(began)
		referenceTook += time.Since(between)
	}
	reportRatio(b, float64(b.N)/oursTook.Seconds(), float64(b.N)/referenceTook.Seconds())
}
