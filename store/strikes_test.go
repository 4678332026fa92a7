package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/store"
)

// Rollups are what their results add up to, in whatever order results come, are
// struck out and undone, with some of them in a maintenance, late or twice: a
// run that was not ok could not tell while a strike in force takes its time.
// In the file and in memory, with transactions that fail, and restarts.
func TestStruckOutRollupsAreRecomputed(t *testing.T) {
	zones := pageZones(t)
	testkit.Checks(t, 12, 150)
	n := 0
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		n++
		m := &strikeModel{path: filepath.Join(dir, fmt.Sprint(n, ".db")), zone: zones[0], results: map[string]checker.Result{}, apart: map[string]bool{}}
		m.store = openZone(t, m.path, m.zone)
		if err := m.store.FillReady(context.Background(), struckAround.AddDate(0, 0, -3)); err != nil {
			t.Fatal(err)
		}
		t.Repeat(map[string]func(*rapid.T){
			"results": m.take, "strike": m.strike, "undo": m.undo,
			"restart": func(t *rapid.T) {
				_ = m.store.Close()
				m.store = openZone(t, m.path, m.zone)
			},
			"move": func(t *rapid.T) {
				_ = m.store.Close()
				m.zone = rapid.SampledFrom(zones).Draw(t, "to")
				m.halves = m.halves || !wholeHours(m.zone)
				m.store = openZone(t, m.path, m.zone)
			},
			"": func(t *rapid.T) {
				if err := m.store.ReadyDiffers(context.Background()); err != nil {
					t.Fatal(err)
				}
			},
		})
		m.check(t)
	})
}

// A false alarm is struck out while it goes on: the component works again, its
// downtime is gone, and the runs say what became of them; undone, all of it is
// as it was. What fails beside it stays.
func TestAFalseAlarmIsStruckOut(t *testing.T) {
	f := newFixture(t)
	f.rounds(3, checker.OK)
	f.pass(time.Hour)
	f.rounds(3, checker.OK)
	first := f.time()
	f.rounds(6, checker.Failed)
	f.rounds(6, checker.OK)
	f.pass(2 * time.Hour)
	f.rounds(3, checker.OK)
	second := f.time()
	f.rounds(6, checker.Failed)
	down := func() time.Duration {
		t.Helper()
		snapshot, err := f.page.Snapshot(t.Context(), f.time())
		if err != nil {
			t.Fatal(err)
		}
		days := snapshot.Components["sign-in"].Days
		return days[len(days)-1].Down
	}
	status := func() incident.Status {
		t.Helper()
		all, err := f.store.Statuses(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return all["sign-in"].Status
	}
	both := down()
	if both < 2*time.Minute || status() != incident.Down {
		t.Fatalf("it was down for %s and is %s", both, status())
	}
	strike := func(from time.Time, region string) (string, error) {
		var id string
		err := f.engine.Rewrite(t.Context(), incident.Act{Actor: "ana", Action: "false alarm struck out"}, func(ctx context.Context, tx incident.Tx, now time.Time) (string, error) {
			asked, err := f.policy.NewStrike(incident.Strike{Check: "journey", Region: region, From: from, Until: from.Add(65 * time.Second), Reason: "our own proxy"}, incident.By{Person: "ana"}, now)
			if err != nil {
				return "", err
			}
			id = asked.ID
			return "journey", tx.(*store.Tx).StrikeOut(ctx, f.policy, &asked, now)
		})
		return id, err
	}
	if _, err := strike(first, "a"); err != nil {
		t.Fatal(err)
	}
	if left := down(); left != both {
		t.Errorf("without one of two regions that failed it was down for %s; want %s as before, since one that can tell is believed", left, both)
	}
	rest, err := strike(first, "b")
	if err != nil {
		t.Fatal(err)
	}
	only := down()
	if gone := both - only; gone < 60*time.Second || gone > 90*time.Second || status() != incident.Down {
		t.Errorf("the first took %s of %s, and it is %s", gone, both, status())
	}
	ongoing, err := strike(second, "")
	if err != nil {
		t.Fatal(err)
	}
	if left := down(); left != 0 || status() == incident.Down {
		t.Errorf("%s are left, and it is %s", left, status())
	}
	if runs, err := f.store.CheckRuns(t.Context(), store.RunQuery{Check: "journey", Most: 1}); err != nil || runs[0].Outcome != checker.Unknown || runs[0].Reason != "Struck out as a false alarm. a reason" {
		t.Errorf("%+v, %v", runs, err)
	}
	f.reopen()
	if left := down(); left != 0 {
		t.Errorf("after a restart it was down for %s", left)
	}
	for _, id := range []string{ongoing, rest} {
		err := f.engine.Rewrite(t.Context(), incident.Act{Actor: "ana", Action: "undone"}, func(ctx context.Context, tx incident.Tx, now time.Time) (string, error) {
			_, err := tx.(*store.Tx).Restore(ctx, f.policy, now, id, "ana")
			return id, err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if left := down(); left < both || status() != incident.Down {
		t.Errorf("undone, it was down for %s, before for %s, and is %s", left, both, status())
	}
	if all, err := f.store.Strikes(t.Context(), "journey", 9); err != nil || len(all) != 3 || all[0].Runs+all[1].Runs+all[2].Runs != 24 || !all[slices.IndexFunc(all, func(s incident.Strike) bool { return s.Region == "a" })].Undone.IsZero() {
		t.Errorf("%+v, %v", all, err)
	}
}

// A result that comes late into a time that is struck out is struck, too: it
// turns nothing, says what became of it, and is undone with the others. One that
// was due after the strike was made counts.
func TestLateResultsAreStruckOut(t *testing.T) {
	f := newFixture(t)
	f.rounds(3, checker.OK)
	from := f.time()
	f.rounds(2, checker.Failed)
	struck := f.strikeOut(from, f.time().Add(time.Hour))
	if want := f.time().Add(time.Millisecond); !struck.Until.Equal(want) {
		t.Errorf("it ends at %v; want %v: nothing to come is struck out", struck.Until, want)
	}
	late := func(region string, seconds int) checker.Result {
		r := f.result(region, checker.Failed)
		r.At = from.Add(time.Duration(seconds) * time.Second)
		return r
	}
	f.pass(10 * time.Second)
	for _, region := range []string{"a", "b"} {
		f.submit(region, late(region, 4), late(region, 5), late(region, 5))
	}
	if word := f.verdict(); word == incident.CheckDown || word == incident.Impaired {
		t.Errorf("it is %s by what is struck out", word)
	}
	if n := f.count("SELECT count(*) FROM results WHERE struck = ? AND outcome = 3", struck.ID); n != 8 {
		t.Errorf("%d runs are struck out; want 4 that were there and 4 that came late", n)
	}
	if all, err := f.store.Strikes(t.Context(), "journey", 9); err != nil || all[0].Runs != 8 {
		t.Errorf("%+v, %v", all, err)
	}
	runs, err := f.store.CheckRuns(t.Context(), store.RunQuery{Check: "journey", Region: "a", Most: 3})
	if err != nil || runs[2].Outcome != checker.Unknown || runs[2].Reason != "Struck out as a false alarm. a reason" {
		t.Errorf("%+v, %v", runs, err)
	}
	f.reopen()
	f.submit("a", late("a", 6))
	if n := f.count("SELECT count(*) FROM results WHERE struck = ?", struck.ID); n != 9 {
		t.Errorf("after a restart %d runs are struck out; want 9", n)
	}
	f.rounds(2, checker.Failed)
	if word := f.verdict(); word != incident.CheckDown {
		t.Errorf("it failed after that, and is %s", word)
	}
	f.unstrike(struck.ID)
	if n := f.count("SELECT sum(failed) FROM rollups WHERE grain = 3600"); n != 13 {
		t.Errorf("undone, %d runs failed; want all 13", n)
	}
}

// Degraded runs are struck out like failed ones, with the time in which the
// component was degraded by them, and how long they took.
func TestDegradedRunsAreStruckOut(t *testing.T) {
	f := newFixture(t)
	f.rounds(3, checker.OK)
	from := f.time().Add(time.Second)
	f.rounds(12, checker.Degraded)
	slow := func() time.Duration {
		days := f.snapshot().Components["sign-in"].Days
		return days[len(days)-1].Degraded
	}
	status := func() incident.Status { return f.snapshot().Components["sign-in"].Status }
	before := slow()
	if status() != incident.Slow || before < 30*time.Second {
		t.Fatalf("it is %s, and was degraded for %s", status(), before)
	}
	const sums = "SELECT sum(degraded) * 1000000000 + sum(unknown) * 100000000 + sum(latency) FROM rollups WHERE grain = 3600"
	was := f.count(sums)
	struck := f.strikeOut(from, f.time().Add(time.Second))
	if left := slow(); left != 0 || status() == incident.Slow {
		t.Errorf("struck out, it is %s, and was degraded for %s", status(), left)
	}
	if struck.Runs != 24 || f.count("SELECT count(*) FROM results WHERE was = 1 AND outcome = 3") != 24 || f.count("SELECT sum(latency) FROM rollups WHERE grain = 3600") != 6*120_000 {
		t.Errorf("%d runs were struck out, and %d are left in the figures", struck.Runs, f.count("SELECT sum(latency) FROM rollups WHERE grain = 3600"))
	}
	timed := func() { // the hour goes on
		t.Helper()
		f.round(checker.Degraded)
		for key, sum := range rolled(t, f.path, "rollups") {
			if !strings.HasPrefix(sum.latencies, fmt.Sprint(sum.ok+sum.degraded)+" ") {
				t.Errorf("%s knows how long %s of %d answers took", key, strings.Fields(sum.latencies)[0], sum.ok+sum.degraded)
			}
		}
	}
	timed()
	f.unstrike(struck.ID)
	defer timed()
	if left := slow(); left < before || status() != incident.Slow || f.count(sums) != was+2*1_000_120_000 {
		t.Errorf("undone, it is %s, and was degraded for %s, before for %s", status(), left, before)
	}
}

// A strike of before degraded runs could be goes on as it was meant: a failure
// that comes late is struck out, a degraded run counts.
func TestAnOldStrikeTakesFailuresAlone(t *testing.T) {
	f := newFixture(t)
	f.rounds(3, checker.OK)
	from := f.time()
	f.rounds(2, checker.Failed)
	struck := f.strikeOut(from, f.time().Add(time.Second))
	f.put("UPDATE strikes SET degraded = 0")
	f.reopen()
	f.pass(10 * time.Second)
	for i, outcome := range []checker.Outcome{checker.Failed, checker.Degraded} {
		r := f.result("a", outcome)
		r.At = from.Add(time.Duration(4+i) * time.Second)
		f.submit("a", r)
	}
	if n := f.count("SELECT count(*) FROM results WHERE struck = ?", struck.ID); n != 5 || f.count("SELECT count(*) FROM results WHERE outcome = 1") != 1 {
		t.Errorf("%d runs are struck out; want 4 and a late failure", n)
	}
	f.unstrike(struck.ID)
	if n := f.count("SELECT count(*) FROM results WHERE outcome = 2"); n != 5 {
		t.Errorf("undone, %d runs failed; want 5", n)
	}
}

// strikeOut strikes out what the journey said in a time.
func (f *fixture) strikeOut(from, until time.Time) (made incident.Strike) {
	f.t.Helper()
	err := f.engine.Rewrite(f.t.Context(), incident.Act{Actor: "ana", Action: "false alarm struck out"}, func(ctx context.Context, tx incident.Tx, now time.Time) (string, error) {
		var err error
		if made, err = f.policy.NewStrike(incident.Strike{Check: "journey", From: from, Until: until, Reason: "ours"}, incident.By{Person: "ana"}, now); err != nil {
			return "", err
		}
		return "journey", tx.(*store.Tx).StrikeOut(ctx, f.policy, &made, now)
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return made
}

func (f *fixture) unstrike(id string) {
	f.t.Helper()
	err := f.engine.Rewrite(f.t.Context(), incident.Act{Actor: "ana", Action: "false alarm restored"}, func(ctx context.Context, tx incident.Tx, now time.Time) (string, error) {
		_, err := tx.(*store.Tx).Restore(ctx, f.policy, now, id, "ana")
		return id, err
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) verdict() incident.VerdictWord {
	f.t.Helper()
	all, err := f.store.Verdicts(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	return all["journey"].Word
}
