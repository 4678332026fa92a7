package store_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/store"
)

// A file of before the hours of days were kept gets those of its newest days
// from the rollups by the hour.
func TestTheMigrationFindsTheHours(t *testing.T) {
	f := newFixture(t)
	text, err := store.Migrations.ReadFile("migrations/00053_hours.sql")
	if err != nil {
		t.Fatal(err)
	}
	_, update, found := strings.Cut(string(text), "UPDATE rollups")
	if !found {
		t.Fatal("the migration fills nothing in")
	}
	testkit.Checks(t, 4, 100)
	rapid.Check(t, func(t *rapid.T) {
		today := time.Now().UTC().Truncate(24 * time.Hour)
		batch := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) checker.Result {
			return checker.Result{
				Check: rapid.SampledFrom([]string{"one", "two"}).Draw(t, "check"), Region: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "region"),
				At: today.Add(time.Duration(rapid.IntRange(-400, 90).Draw(t, "quarters")) * 15 * time.Minute), Outcome: checker.OK, Latency: time.Second,
			}
		}), 1, 40).Draw(t, "batch")
		if err := f.store.Write(context.Background(), func(ctx context.Context, tx incident.Tx) error {
			_, err := tx.AddResults(ctx, batch)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		const sum = "SELECT sum(series * 1000003 * (start / 86400 % 1000) * hours) FROM rollups"
		want := f.count(sum)
		for _, statement := range []string{"UPDATE rollups SET hours = 0", "UPDATE rollups" + update} {
			if err := f.store.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		if got := f.count(sum); want == 0 || got != want {
			t.Fatalf("the hours come to %d; want %d", got, want)
		}
	})
}

// The gaps of the page's days are those of their hours, counted one by one.
func TestGapsOfDaysAreThoseOfTheirHours(t *testing.T) {
	testkit.Checks(t, 12, 300)
	rapid.Check(t, func(t *rapid.T) {
		s, page := gapFixture(t)
		now := start.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "quarters")) * 15 * time.Minute)
		stands := time.Duration(rapid.SampledFrom([]int{0, 0, 3, 30}).Draw(t, "stands")) * time.Hour
		today := now.Truncate(24 * time.Hour)
		told := map[time.Time]bool{}
		first := now
		var batch []checker.Result
		for range rapid.IntRange(1, 40).Draw(t, "runs") {
			at := today.Add(time.Duration(rapid.IntRange(-4*24*4, 23*4).Draw(t, "at")) * 15 * time.Minute)
			if at.After(now) {
				continue
			}
			hour := at.Truncate(time.Hour)
			if told[hour] = true; hour.Before(first) {
				first = hour
			}
			batch = append(batch, checker.Result{Check: "journey", Region: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "region"), At: at, Outcome: checker.OK, Latency: time.Second})
		}
		if len(batch) == 0 {
			return // all of them are to come
		}
		if err := s.Write(context.Background(), func(ctx context.Context, tx incident.Tx) error {
			_, err := tx.AddResults(ctx, batch)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		snapshot, err := page.Standing(func(string) time.Duration { return stands }).Snapshot(context.Background(), now)
		if err != nil {
			t.Fatal(err)
		}
		days := snapshot.Components["sign-in"].Days
		for i, day := range days[len(days)-5:] {
			missing, all := time.Duration(0), time.Duration(0)
			for at := day.Date; at.Before(day.Date.AddDate(0, 0, 1)) && at.Before(now); at = at.Add(15 * time.Minute) {
				if at.Before(first) {
					continue
				}
				measured := told[at.Truncate(time.Hour)]
				for hour := range told {
					ends := hour.Add(time.Hour)
					measured = measured || !at.Before(ends) && at.Before(ends.Add(stands))
				}
				if all += 15 * time.Minute; !measured {
					missing += 15 * time.Minute
				}
			}
			want := 0.0
			if all > 0 {
				want = float64(missing) / float64(all)
			}
			if math.Abs(day.Gap-want) > 1e-9 {
				t.Fatalf("of day %d, %s, %v was not measured; want %v, with runs in %v", i, day.Date, day.Gap, want, told)
			}
		}
	})
}

// gapFixture gives an empty store with one component, and its page.
func gapFixture(t *rapid.T) (*store.Store, *store.Page) {
	dir, err := os.MkdirTemp("", "gaps")
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(context.Background(), store.Options{Path: filepath.Join(dir, "daymark.db"), Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Close()
		_ = os.RemoveAll(dir)
	})
	if err := s.Exec("INSERT INTO components (id, status, since, reason, created) VALUES ('sign-in', 'operational', 0, '', 0)"); err != nil {
		t.Fatal(err)
	}
	return s, store.NewPage(s, func(string) string { return "sign-in" })
}
