package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/civil"
	"daymark/internal/testkit"
	"daymark/store"
)

// A page that moves to another time zone has its days made anew of the hours
// that are kept; days of which some hours are gone stay as they were, and no
// run is counted twice or lost.
func TestDaysAreMadeAnewInAnotherZone(t *testing.T) {
	zones := pageZones(t)
	london, tokyo := zones[0], zones[3]
	for _, test := range []struct {
		name string
		gone time.Duration // of the hours, from the first on
		kept int           // the days that stay
	}{
		{"all hours are kept", 0, 0},
		{"a day and a half of them is gone", 36 * time.Hour, 2},
		{"two days of them are gone", 48 * time.Hour, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "daymark.db")
			begun := time.Date(2026, 10, 21, 23, 0, 0, 0, time.UTC) // midnight in London; its clock goes back on the 25th
			var results []checker.Result
			for at := begun; at.Before(begun.Add(5 * 24 * time.Hour)); at = at.Add(30 * time.Minute) {
				results = append(results, checker.Result{Check: "one", Region: "a", At: at, Outcome: checker.OK, Latency: time.Millisecond})
			}
			s := openZone(t, path, london)
			addResults(t, s, results)
			if _, err := s.Sweep(t.Context(), store.Retention{Hours: 1}, begun.Add(test.gone+1)); err != nil {
				t.Fatal(err)
			}
			closeStore(t, s)
			before := rolled(t, path, "rollups")

			closeStore(t, openZone(t, path, tokyo))
			after := rolled(t, path, "rollups")

			first := begun.Add(time.Duration(test.kept) * 24 * time.Hour) // of what is made anew
			want := map[string]tally{}
			for key, sum := range before {
				var grain, start int64
				if _, err := fmt.Sscanf(strings.TrimPrefix(key, "one a "), "%d %d", &grain, &start); err != nil {
					t.Fatal(err)
				}
				if grain == 3600 || start < first.Unix() {
					want[key] = sum
				}
			}
			for key, sum := range recounted(tokyo, results[int(first.Sub(begun)/(30*time.Minute)):]) {
				if start := fmt.Sprint("one a 86400 ", civil.Day(first.In(tokyo)).Unix()); key == start && test.kept > 0 {
					key = fmt.Sprint("one a 86400 ", first.Unix()) // the day before has its beginning
				}
				if strings.HasPrefix(key, "one a 86400 ") {
					want[key] = sum
				}
			}
			if differ := differing(after, want, false); differ != "" {
				t.Errorf("after the move: %s", differ)
			}
			closeStore(t, openZone(t, path, tokyo))
			if differ := differing(rolled(t, path, "rollups"), after, false); differ != "" {
				t.Errorf("opened once more: %s", differ)
			}
		})
	}
}

// Whatever hours are gone of which series, and however often a page moves: no
// run is lost or counted twice, and days whose hours were all there are those of
// the zone.
func TestMovesLoseNoRun(t *testing.T) {
	zones := pageZones(t)
	fresh := freshDatabases(t)
	begun := time.Date(2026, 10, 22, 0, 0, 0, 0, time.UTC)
	testkit.Checks(t, 8, 300) // each makes a file
	rapid.Check(t, func(t *rapid.T) {
		path := fresh(t)
		s := openZone(t, path, rapid.SampledFrom(zones).Draw(t, "zone"))
		runs := map[string][]checker.Result{}
		for _, region := range []string{"a", "b"} {
			every := time.Duration(rapid.IntRange(1, 8).Draw(t, "quarters between runs")) * 15 * time.Minute
			for at := begun.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "quarters before")) * 15 * time.Minute); at.Before(begun.AddDate(0, 0, 7)); at = at.Add(every) {
				runs[region] = append(runs[region], checker.Result{Check: "one", Region: region, At: at, Outcome: []checker.Outcome{checker.OK, checker.Failed}[len(runs[region])%2], Latency: time.Millisecond})
			}
			addResults(t, s, runs[region])
		}
		closeStore(t, s)
		db := openRapid(t, path)
		gone := begun
		for _, region := range []string{"a", "b"} {
			before := begun.Add(time.Duration(rapid.IntRange(0, 72).Draw(t, "hours gone")) * time.Hour)
			if before.After(gone) {
				gone = before
			}
			if _, err := db.Exec("DELETE FROM rollups WHERE grain = 3600 AND start < ? AND series = (SELECT id FROM series WHERE region = ?)", before.Unix(), region); err != nil {
				t.Fatal(err)
			}
		}
		_ = db.Close()
		var zone *time.Location
		moves := rapid.IntRange(1, 4).Draw(t, "moves")
		for range moves {
			zone = rapid.SampledFrom(zones).Draw(t, "to")
			closeStore(t, openZone(t, path, zone))
		}
		got, want := rolled(t, path, "rollups"), map[string]tally{}
		for region, all := range runs {
			sum := tally{}
			for key, day := range got {
				if strings.HasPrefix(key, "one "+region+" 86400 ") {
					sum.ok, sum.failed, sum.latency = sum.ok+day.ok, sum.failed+day.failed, sum.latency+day.latency
					if day.ok < 0 || day.failed < 0 {
						t.Fatalf("%s: %+v", key, day)
					}
				}
			}
			if n := int64(len(all)); sum.ok != (n+1)/2 || sum.failed != n/2 || sum.latency != sum.ok*1000 {
				t.Fatalf("of %d runs in %s the days have %d that were good and %d that failed", n, region, sum.ok, sum.failed)
			}
		}
		all := append(runs["a"], runs["b"]...)
		whole := gone.Add(time.Duration(moves+1) * 26 * time.Hour) // each move may leave a day more
		for key, sum := range recounted(zone, all) {
			var region string
			var grain, start int64
			if _, err := fmt.Sscanf(key, "one %s %d %d", &region, &grain, &start); err != nil {
				t.Fatal(err)
			}
			if grain == 86400 && start >= whole.Unix() {
				want[key] = sum
			}
		}
		for key := range got {
			if _, asked := want[key]; !asked {
				delete(got, key)
			}
		}
		if differ := differing(got, want, true); differ != "" {
			t.Fatalf("days whose hours were there: %s", differ)
		}
	})
}

func closeStore(t rapid.TB, s *store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func addResults(t rapid.TB, s *store.Store, results []checker.Result) {
	t.Helper()
	if err := s.Write(context.Background(), func(ctx context.Context, tx incident.Tx) error {
		_, err := tx.AddResults(ctx, results)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
