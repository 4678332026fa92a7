package store_test

import (
	"context"
	"maps"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/slo"
	"daymark/store"
)

// Days is what Buckets gives of each, one query an objective.
func TestDaysAreThoseOfEachObjective(t *testing.T) {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "daymark.db")
	s, err := store.Open(context.Background(), store.Options{Path: path, Zone: zone, Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	testkit.Checks(t, 8, 200)
	around := time.Date(2026, 10, 25, 0, 0, 0, 0, zone) // which has 25 hours
	of := map[string]string{"one": "x", "two": "x", "three": "y"}
	ran := map[string]map[time.Time]bool{"x": {}, "y": {}} // the hours with runs
	rapid.Check(t, func(t *rapid.T) {
		outcomes := []checker.Outcome{checker.OK, checker.Degraded, checker.Failed, checker.Unknown}
		batch := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) checker.Result {
			return checker.Result{
				Check: rapid.SampledFrom([]string{"one", "two", "three"}).Draw(t, "check"), Region: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "region"),
				At: around.Add(time.Duration(rapid.IntRange(-400, 400).Draw(t, "quarters")) * 15 * time.Minute), Outcome: rapid.SampledFrom(outcomes).Draw(t, "outcome"),
			}
		}), 1, 60).Draw(t, "batch")
		err := s.Write(context.Background(), func(ctx context.Context, tx incident.Tx) error {
			fresh, err := tx.AddResults(ctx, batch)
			if err != nil || rapid.Bool().Draw(t, "counted") {
				return err
			}
			return tx.Excuse(ctx, chosen(batch, fresh))
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range batch {
			ran[of[r.Check]][r.At.UTC().Truncate(time.Hour)] = true
		}
		from := around.AddDate(0, 0, rapid.IntRange(-5, 3).Draw(t, "from"))
		until := from.AddDate(0, 0, rapid.IntRange(1, 6).Draw(t, "days"))
		counted := rapid.Bool().Draw(t, "maintenance counts")
		got, err := s.Days(context.Background(), from, until, counted, func(check string) string { return of[check] })
		if err != nil {
			t.Fatal(err)
		}
		for name, checks := range map[string][]string{"x": {"one", "two"}, "y": {"three"}} {
			all, err := s.Buckets(context.Background(), store.ObjectiveQuery{Checks: checks, Counted: counted}, true, from)
			if err != nil {
				t.Fatal(err)
			}
			var want []slo.Bucket
			for _, b := range all {
				if b.From.Before(until) {
					want = append(want, b)
				}
			}
			days := got[name].Counted
			if len(want) != len(days) {
				t.Fatalf("%s has %v; want %v", name, days, want)
			}
			for i := range want {
				if !want[i].From.Equal(days[i].From) || !want[i].Until.Equal(days[i].Until) || want[i].Counts != days[i].Counts {
					t.Fatalf("%s has %v; want %v", name, days[i], want[i])
				}
			}
			hours := map[time.Time]bool{}
			for _, span := range got[name].Measured {
				for at := span.From; at.Before(span.Until); at = at.Add(time.Hour) {
					hours[at] = true
				}
			}
			within := maps.Clone(ran[name])
			maps.DeleteFunc(within, func(at time.Time, _ bool) bool { return at.Before(from) || !at.Before(until) })
			if !maps.Equal(hours, within) {
				t.Fatalf("%s is measured in %v; want %v", name, hours, within)
			}
		}
	})
}

// Where clocks go forward at midnight a day begins at one o'clock, and each day
// has its own runs.
func TestDaysThatBeginAfterMidnight(t *testing.T) {
	t.Parallel()
	for name, month := range map[string]time.Month{"America/Santiago": time.September, "Atlantic/Azores": time.March, "America/Havana": time.March, "Africa/Cairo": time.April} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			s, err := store.Open(context.Background(), store.Options{Path: filepath.Join(t.TempDir(), "daymark.db"), Zone: zone, Key: testKey})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			from := time.Date(2026, month, 1, 0, 0, 0, 0, zone)
			until := from.AddDate(0, 1, 0)
			want := map[int]int{} // hours by day
			var batch []checker.Result
			for at := from; at.Before(until); at = at.Add(time.Hour) {
				batch = append(batch, checker.Result{Check: "one", Region: "a", At: at, Outcome: checker.OK, Latency: time.Second})
				want[at.Day()]++
			}
			if err := s.Write(context.Background(), func(ctx context.Context, tx incident.Tx) error {
				_, err := tx.AddResults(ctx, batch)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			got, err := s.Days(context.Background(), from, until, false, func(string) string { return "x" })
			if err != nil {
				t.Fatal(err)
			}
			one, err := s.Buckets(context.Background(), store.ObjectiveQuery{Checks: []string{"one"}}, true, from)
			if err != nil {
				t.Fatal(err)
			}
			for _, days := range [][]slo.Bucket{got["x"].Counted, one} {
				if len(days) != len(want) {
					t.Fatalf("%d days; want %d", len(days), len(want))
				}
				for i, b := range days {
					if day := b.From.In(zone).Day(); day != i+1 || b.Good != want[day] || b.Until.Sub(b.From) != time.Duration(want[day])*time.Hour {
						t.Errorf("day %d goes from %s until %s with %d runs; want %d", i+1, b.From.In(zone), b.Until.In(zone), b.Good, want[i+1])
					}
				}
			}
		})
	}
}
