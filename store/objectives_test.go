package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/slo"
	"daymark/store"
)

// judged says what one run counts for.
func judged(r checker.Result, excused bool, q store.ObjectiveQuery) slo.Counts {
	answered := r.Outcome == checker.OK || r.Outcome == checker.Degraded
	switch {
	case excused && !q.Counted:
		return slo.Counts{Excused: 1}
	case r.Outcome == checker.Unknown, q.Threshold > 0 && !answered:
		return slo.Counts{Unknown: 1}
	case q.Threshold > 0 && slo.Slower(r.Latency, q.Threshold), q.Threshold == 0 && !answered:
		return slo.Counts{Bad: 1}
	}
	return slo.Counts{Good: 1}
}

// What the store counts for an objective is what comes of looking at each run:
// late, twice, in a maintenance, where the clock changes and months end.
func TestObjectivesAgainstBruteForce(t *testing.T) {
	fresh := freshDatabases(t)
	outcomes := []checker.Outcome{checker.OK, checker.OK, checker.OK, checker.Degraded, checker.Failed, checker.Unknown}
	testkit.Checks(t, 15, 1000) // each makes a file
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom([]string{"Europe/London", "Asia/Kolkata"}).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		now := rapid.SampledFrom([]time.Time{
			time.Date(2026, 3, 29, 3, 10, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC),
			time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 31, 23, 59, 0, 0, time.UTC),
		}).Draw(t, "now")
		path := fresh(t)
		s := openZone(t, path, zone)
		defer func() { _ = s.Close() }()
		kept, inMaintenance := map[string]checker.Result{}, map[string]bool{}
		for range rapid.IntRange(1, 6).Draw(t, "batches") {
			batch := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) checker.Result {
				back := time.Duration(rapid.IntRange(0, 90).Draw(t, "minutes")) * time.Minute
				if rapid.Bool().Draw(t, "long ago") {
					back += time.Duration(rapid.IntRange(0, 40*24).Draw(t, "hours")) * time.Hour
				}
				return checker.Result{
					Check: rapid.SampledFrom([]string{"one", "two", "another"}).Draw(t, "check"), Region: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "region"),
					At: now.Add(-back), Outcome: rapid.SampledFrom(outcomes).Draw(t, "outcome"), Latency: time.Duration(rapid.IntRange(0, 2_000_000).Draw(t, "latency")) * time.Microsecond,
				}
			}), 1, 40).Draw(t, "batch")
			excuse := rapid.IntRange(0, 3).Draw(t, "in maintenance") == 0
			err := s.Write(context.Background(), func(ctx context.Context, tx incident.Tx) error {
				fresh, err := tx.AddResults(ctx, batch)
				if err != nil {
					return err
				}
				for _, r := range chosen(batch, fresh) {
					key := fmt.Sprint(r.Check, r.Region, r.At.UnixMilli())
					kept[key], inMaintenance[key] = r, excuse
				}
				if excuse {
					return tx.Excuse(ctx, chosen(batch, fresh))
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		q := store.ObjectiveQuery{Checks: []string{"one", "two"}, Counted: rapid.Bool().Draw(t, "maintenance counts")}
		if rapid.Bool().Draw(t, "by latency") {
			q.Threshold = time.Duration(rapid.IntRange(1, 2_000).Draw(t, "threshold")) * time.Millisecond
		}
		count := func(from, until time.Time) slo.Counts {
			sum := slo.Counts{}
			for _, key := range slices.Sorted(maps.Keys(kept)) {
				if r := kept[key]; r.Check != "another" && !r.At.Before(from) && r.At.Before(until) {
					sum = sum.Plus(judged(r, inMaintenance[key], q))
				}
			}
			return sum
		}
		o := slo.Objective{Objective: 99, Window: slo.Window{Rolling: time.Duration(rapid.OneOf(rapid.IntRange(60, 60*24), rapid.IntRange(60, 30*24*60)).Draw(t, "window")) * time.Minute}}
		if rapid.Bool().Draw(t, "by month") {
			o.Window = slo.Window{Month: true}
		}
		// What is at a moment counts when it is past.
		past := now.Add(time.Millisecond)
		from, _ := o.Window.Span(past, zone)
		buckets, err := s.Hours(context.Background(), q, o.Window, from)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := o.Evaluate(buckets, 0, past, zone).Counts, count(from, past); got != want {
			t.Fatalf("since %s it counts %+v; one by one %+v", from, got, want)
		}
		since := now.Add(-time.Duration(rapid.IntRange(0, 48*60).Draw(t, "bad runs since")) * time.Minute)
		until := since.Add(time.Duration(rapid.IntRange(0, 48*60).Draw(t, "for")) * time.Minute)
		bad, err := s.BadRuns(context.Background(), q, since, until)
		if err != nil || len(bad) != count(since, until).Bad || !slices.IsSortedFunc(bad, time.Time.Compare) {
			t.Fatalf("bad since %s until %s are %v, %v; one by one %d", since, until, bad, err, count(since, until).Bad)
		}
		for _, at := range bad {
			if count(at, at.Add(time.Millisecond)).Bad == 0 {
				t.Fatalf("no run at %s was bad", at)
			}
		}
		recent, err := s.Recent(context.Background(), q, slo.BurnWindows(), now)
		if err != nil {
			t.Fatal(err)
		}
		for length, got := range recent {
			if want := count(now.Add(-length), now.Add(time.Millisecond)); got != want {
				t.Fatalf("of the last %s it counts %+v; one by one %+v", length, got, want)
			}
		}
	})
}

func TestObjectiveAlertsAreKept(t *testing.T) {
	f := newFixture(t)
	want := store.ObjectiveAlert{Alert: slo.Alert{Objective: "x", Pair: slo.Pairs()[1], Since: f.time(), Held: f.time().Add(time.Minute)}, Incident: "i1"}
	tell := []notify.Delivery{{ID: "slo-x-ops", Channel: "slack", Subscriber: notify.Subscriber{Channel: "slack", Address: "https://hooks.example/x"}, Created: f.time(), Expires: f.time().Add(time.Hour), Notice: &notify.Notice{Title: "x"}}}
	for range 2 { // told once
		if err := f.store.KeepObjectiveAlert(t.Context(), "x", &want, tell, f.time()); err != nil {
			t.Fatal(err)
		}
	}
	f.reopen()
	all, err := f.store.ObjectiveAlerts(t.Context())
	if err != nil || len(all) != 1 || all["x"] != want || f.count("SELECT count(*) FROM deliveries") != 1 {
		t.Errorf("kept %+v, %v; want %+v, told once", all, err, want)
	}
	if err := f.store.KeepObjectiveAlert(t.Context(), "x", nil, nil, f.time()); err != nil || f.count("SELECT count(*) FROM objective_alerts") != 0 {
		t.Errorf("it stays: %v", err)
	}
}

func TestOutages(t *testing.T) {
	f := newFixture(t)
	f.rounds(2, checker.OK)
	f.rounds(3, checker.Failed)
	f.rounds(20, checker.OK)
	all, err := f.store.Outages(t.Context(), "sign-in", start)
	if err != nil || len(all) != 1 || all[0].From.IsZero() || all[0].Until.IsZero() {
		t.Fatalf("%+v, %v", all, err)
	}
	if all, err := f.store.Outages(t.Context(), "sign-in", f.time()); err != nil || len(all) != 0 {
		t.Errorf("after it was over: %+v, %v", all, err)
	}
	db, err := sql.Open("sqlite", "file:"+f.path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec("UPDATE incidents SET check_id = 'journey'"); err != nil {
		t.Fatal(err)
	}
	if all, err := f.store.Outages(t.Context(), "sign-in", start); err != nil || len(all) != 0 {
		t.Errorf("a warning is an outage: %+v, %v", all, err)
	}
}

// BenchmarkObjective reads what 28 days of 12 series come to, and the windows
// of the burn rates.
func BenchmarkObjective(b *testing.B) {
	f := newFixture(b)
	latencies := slo.NewLatencies()
	for i := range 120 {
		latencies.Add(time.Duration(80+i) * time.Millisecond)
	}
	db, err := sql.Open("sqlite", "file:"+f.path)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var checks []string
	for i := range 12 {
		checks = append(checks, fmt.Sprint("c", i))
		if _, err := db.Exec("INSERT INTO series (id, check_id, region) VALUES (?, ?, 'a')", i+1, checks[i]); err != nil {
			b.Fatal(err)
		}
		if _, err := db.Exec(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 700) INSERT INTO rollups (series, grain, start, ok, degraded, failed, unknown, latency, latencies)
			SELECT ?, 3600, ? - i * 3600, 119, 0, 1, 0, 0, ? FROM n`, i+1, f.time().Truncate(time.Hour).Unix(), latencies.Encode()); err != nil {
			b.Fatal(err)
		}
	}
	for name, threshold := range map[string]time.Duration{"availability": 0, "latency": 100 * time.Millisecond} {
		b.Run(name, func(b *testing.B) {
			q := store.ObjectiveQuery{Checks: checks, Threshold: threshold}
			for b.Loop() {
				if _, err := f.store.Buckets(b.Context(), q, false, f.time().Add(-slo.DefaultWindow)); err != nil {
					b.Fatal(err)
				}
				if _, err := f.store.Recent(b.Context(), q, slo.BurnWindows(), f.time()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The first run is the one that was due first, in whichever region.
func TestFirstRun(t *testing.T) {
	f := newFixture(t)
	begins := f.time().Add(10 * time.Second)
	f.rounds(3, checker.OK)
	for want, span := range map[time.Time][2]time.Time{
		begins:                       {begins.Add(-time.Hour), begins.Add(time.Hour)},
		begins.Add(10 * time.Second): {begins.Add(time.Second), begins.Add(time.Hour)},
		{}:                           {begins.Add(time.Hour), begins.Add(2 * time.Hour)},
	} {
		got, err := f.store.FirstRun(t.Context(), []string{"another", "journey"}, span[0], span[1])
		if err != nil || !got.Equal(want) {
			t.Errorf("from %s: %s, %v; want %s", span[0], got, err, want)
		}
	}
}
