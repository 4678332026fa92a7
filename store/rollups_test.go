package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/slo"
	"daymark/store"
)

// tally is what a rollup holds, as it can be compared.
type tally struct {
	ok, degraded, failed, unknown, latency int64
	latencies                              string
	hours                                  int64 // a bit for each hour of a day with runs
}

// rolled reads the rollups of a database by check, region, grain and start.
func rolled(t rapid.TB, path, table string) map[string]tally {
	db := openRapid(t, path)
	defer func() { _ = db.Close() }()
	rows, err := db.Query(`SELECT s.check_id, s.region, r.grain, r.start, r.ok, r.degraded, r.failed, r.unknown, r.latency, r.latencies, r.hours
		FROM ` + table + ` r JOIN series s ON s.id = r.series`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	all := map[string]tally{}
	for rows.Next() {
		var check, region string
		var grain, start int64
		var encoded []byte
		var sum tally
		if err := rows.Scan(&check, &region, &grain, &start, &sum.ok, &sum.degraded, &sum.failed, &sum.unknown, &sum.latency, &encoded, &sum.hours); err != nil {
			t.Fatal(err)
		}
		latencies, err := slo.ReadLatencies(encoded)
		if err != nil {
			t.Fatal(err)
		}
		sum.latencies = describe(latencies)
		all[fmt.Sprint(check, " ", region, " ", grain, " ", start)] = sum
	}
	return all
}

// describe says what latencies hold, however they came together.
func describe(l *slo.Latencies) string {
	text := fmt.Sprint(l.Count())
	for threshold := time.Microsecond; threshold < time.Minute; threshold += threshold/8 + 1 {
		text += fmt.Sprint(" ", l.Slower(threshold))
	}
	return text
}

// recounted adds results up one by one, from nothing.
func recounted(zone *time.Location, results []checker.Result) map[string]tally {
	all, latencies := map[string]tally{}, map[string]*slo.Latencies{}
	for _, r := range results {
		day := r.At.Truncate(15 * time.Minute).In(zone)
		for date := day.Day(); day.Add(-15*time.Minute).Day() == date; {
			day = day.Add(-15 * time.Minute)
		}
		for grain, start := range map[int]int64{3600: r.At.Truncate(time.Hour).Unix(), 86400: day.Unix()} {
			key := fmt.Sprint(r.Check, " ", r.Region, " ", grain, " ", start)
			sum := all[key]
			if latencies[key] == nil {
				latencies[key] = slo.NewLatencies()
			}
			switch r.Outcome {
			case checker.OK:
				sum.ok++
			case checker.Degraded:
				sum.degraded++
			case checker.Failed:
				sum.failed++
			default:
				sum.unknown++
			}
			if r.Outcome == checker.OK || r.Outcome == checker.Degraded {
				sum.latency += r.Latency.Microseconds()
				latencies[key].Add(r.Latency)
			}
			if sum.latencies = describe(latencies[key]); grain == 86400 {
				sum.hours |= 1 << int(r.At.Sub(day).Hours())
			}
			all[key] = sum
		}
	}
	return all
}

// Rollups are what their results add up to, in the file and in memory: with late results, results that
// come twice, transactions that fail, restarts, a page that moves to another
// time zone, days of 23, 24 and 25 hours and the ends of months.
func TestRollupsAreRecomputed(t *testing.T) {
	zones := pageZones(t)
	fresh := freshDatabases(t)
	around := []time.Time{ // the clock goes forward, and back; a month ends, and a year
		time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 2, 28, 23, 0, 0, 0, time.UTC), time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC),
	}
	outcomes := []checker.Outcome{checker.OK, checker.OK, checker.OK, checker.Degraded, checker.Failed, checker.Unknown}
	testkit.Checks(t, 8, 500) // each makes files
	rapid.Check(t, func(t *rapid.T) {
		path := fresh(t)
		zone, halves := zones[0], false
		s := openZone(t, path, zone)
		kept, inMaintenance := map[string]checker.Result{}, map[string]checker.Result{}
		t.Repeat(map[string]func(*rapid.T){
			"results": func(t *rapid.T) {
				near := rapid.SampledFrom(around).Draw(t, "around")
				batch := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) checker.Result {
					return checker.Result{
						Check: rapid.SampledFrom([]string{"one", "two"}).Draw(t, "check"), Region: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "region"),
						At:      near.Add(time.Duration(rapid.IntRange(-100, 100).Draw(t, "quarters")) * 15 * time.Minute),
						Outcome: rapid.SampledFrom(outcomes).Draw(t, "outcome"), Latency: time.Duration(rapid.IntRange(0, 30_000_000).Draw(t, "latency")) * time.Microsecond,
					}
				}), 1, 20).Draw(t, "batch")
				excuse, fail := rapid.Bool().Draw(t, "in maintenance"), rapid.IntRange(0, 4).Draw(t, "fails") == 0
				var fresh []bool
				err := s.Write(context.Background(), func(ctx context.Context, tx incident.Tx) (err error) {
					if fresh, err = tx.AddResults(ctx, batch); err != nil {
						return err
					}
					if excuse {
						if err := tx.Excuse(ctx, chosen(batch, fresh)); err != nil {
							return err
						}
					}
					if fail {
						return errors.New("on purpose")
					}
					return nil
				})
				if fail != (err != nil) {
					t.Fatal(err)
				}
				if fail {
					return
				}
				for _, r := range chosen(batch, fresh) {
					key := fmt.Sprint(r.Check, r.Region, r.At.UnixMilli())
					if _, twice := kept[key]; twice {
						t.Fatalf("%s is fresh a second time", key)
					}
					if kept[key] = r; excuse {
						inMaintenance[key] = r
					}
				}
			},
			"restart": func(t *rapid.T) {
				_ = s.Close()
				s = openZone(t, path, zone)
			},
			"move": func(t *rapid.T) {
				_ = s.Close()
				zone = rapid.SampledFrom(zones).Draw(t, "to")
				halves = halves || !wholeHours(zone)
				s = openZone(t, path, zone)
			},
			"fill": func(t *rapid.T) {
				if err := s.FillReady(context.Background(), rapid.SampledFrom(around).Draw(t, "from").AddDate(0, 0, -1)); err != nil {
					t.Fatal(err)
				}
			},
			"": func(t *rapid.T) {
				if err := s.ReadyDiffers(context.Background()); err != nil {
					t.Fatal(err)
				}
			},
		})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for table, results := range map[string]map[string]checker.Result{"rollups": kept, "excused": inMaintenance} {
			want, got := recounted(zone, slices.Collect(maps.Values(results))), rolled(t, path, table)
			if differ := differing(got, want, halves); differ != "" {
				t.Fatalf("%s hold what results do not add up to:%s", table, differ)
			}
		}
	})
}

// differing tells which rollups are not the same. After days were made anew in
// a zone that is half an hour apart it is not known to the half hour when there
// were runs.
func differing(got, want map[string]tally, halves bool) string {
	text := ""
	keys := slices.AppendSeq(slices.Collect(maps.Keys(got)), maps.Keys(want))
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		g, w := got[key], want[key]
		if halves {
			g.hours, w.hours = 0, 0
		}
		if g != w {
			text += fmt.Sprintf("\n%s: %+v; want %+v", key, g, w)
		}
	}
	return text
}

func wholeHours(zone *time.Location) bool {
	_, offset := time.Date(2026, 1, 1, 0, 0, 0, 0, zone).Zone()
	_, later := time.Date(2026, 7, 1, 0, 0, 0, 0, zone).Zone()
	return offset%3600 == 0 && later%3600 == 0
}

// pageZones are some that a page moves between.
func pageZones(t *testing.T) (zones []*time.Location) {
	t.Helper()
	for _, name := range []string{"Europe/London", "America/New_York", "America/Santiago", "Asia/Tokyo", "Asia/Kolkata", "Australia/Lord_Howe"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		zones = append(zones, zone)
	}
	return zones
}

func chosen(batch []checker.Result, fresh []bool) []checker.Result {
	var all []checker.Result
	for i, r := range batch {
		if fresh[i] {
			all = append(all, r)
		}
	}
	return all
}

// freshDatabases gives what makes a database without rows, at the same path each
// time: to make its tables takes longer than most checks of a property.
func freshDatabases(t *testing.T) func(t rapid.TB) (path string) {
	t.Helper()
	dir := t.TempDir()
	seed, path := filepath.Join(dir, "seed.db"), filepath.Join(dir, "daymark.db")
	newDatabase(t, seed)
	empty, err := os.ReadFile(seed)
	if err != nil {
		t.Fatal(err)
	}
	return func(t rapid.TB) string {
		for _, end := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(path + end)
		}
		if err := os.WriteFile(path, empty, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
}

func openZone(t rapid.TB, path string, zone *time.Location) *store.Store {
	s, err := store.Open(context.Background(), store.Options{Path: path, Zone: zone, Key: testKey, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openRapid(t rapid.TB, path string) *sql.DB {
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	return db
}
