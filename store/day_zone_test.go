package store_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
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
			s := openAt(t, path, london)
			addResults(t, s, results)
			if _, err := s.Sweep(t.Context(), store.Retention{Hours: 1}, begun.Add(test.gone+1)); err != nil {
				t.Fatal(err)
			}
			closeStore(t, s)
			before := rolled(t, path, "rollups")

			closeStore(t, openAt(t, path, tokyo))
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
				if strings.HasPrefix(key, "one a 86400 ") {
					want[key] = sum
				}
			}
			if !maps.Equal(after, want) {
				t.Errorf("the rollups hold\n%v\nand not\n%v", after, want)
			}
			closeStore(t, openAt(t, path, tokyo))
			if again := rolled(t, path, "rollups"); !maps.Equal(again, after) {
				t.Errorf("opened once more they hold\n%v", again)
			}
		})
	}
}

func openAt(t *testing.T, path string, zone *time.Location) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Path: path, Zone: zone, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func closeStore(t *testing.T, s *store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func addResults(t *testing.T, s *store.Store, results []checker.Result) {
	t.Helper()
	if err := s.Write(t.Context(), func(ctx context.Context, tx incident.Tx) error {
		_, err := tx.AddResults(ctx, results)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
