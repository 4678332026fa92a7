package store_test

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/store"
)

// Rollups are what their results add up to, whatever is struck out and undone,
// with some of them in a maintenance and some late: in the file and in memory.
func TestStruckOutRollupsAreRecomputed(t *testing.T) {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	around := time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC) // the clock goes back
	outcomes := []checker.Outcome{checker.OK, checker.Failed, checker.Failed, checker.Degraded, checker.Unknown}
	testkit.Checks(t, 8, 300)
	n := 0
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		n++
		path := filepath.Join(dir, fmt.Sprint(n, ".db"))
		s, err := store.Open(context.Background(), store.Options{Path: path, Zone: zone, Key: testKey})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.FillReady(context.Background(), around.AddDate(0, 0, -3)); err != nil {
			t.Fatal(err)
		}
		results, struckBy, apart := map[string]checker.Result{}, map[string]string{}, map[string]bool{}
		var made []incident.Strike
		number := 0
		write := func(fn func(ctx context.Context, tx *store.Tx) error) error {
			return s.Write(context.Background(), func(ctx context.Context, tx incident.Tx) error { return fn(ctx, tx.(*store.Tx)) })
		}
		t.Repeat(map[string]func(*rapid.T){
			"results": func(t *rapid.T) {
				batch := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) checker.Result {
					return checker.Result{
						Check: rapid.SampledFrom([]string{"one", "two"}).Draw(t, "check"), Region: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "region"),
						At: around.Add(time.Duration(rapid.IntRange(-100, 100).Draw(t, "quarters")) * 15 * time.Minute), Outcome: rapid.SampledFrom(outcomes).Draw(t, "outcome"), Latency: time.Second,
					}
				}), 1, 20).Draw(t, "batch")
				excuse := rapid.Bool().Draw(t, "in maintenance")
				var fresh []bool
				err := write(func(ctx context.Context, tx *store.Tx) (err error) {
					if fresh, err = tx.AddResults(ctx, batch); err != nil || !excuse {
						return err
					}
					return tx.Excuse(ctx, chosen(batch, fresh))
				})
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range chosen(batch, fresh) {
					key := fmt.Sprint(r.Check, r.Region, r.At.UnixMilli())
					results[key], apart[key] = r, excuse
				}
			},
			"strike": func(t *rapid.T) {
				from := around.Add(time.Duration(rapid.IntRange(-100, 100).Draw(t, "from")) * 15 * time.Minute)
				strike := incident.Strike{
					ID: fmt.Sprint("s", number), Check: "one", Component: "c", Region: rapid.SampledFrom([]string{"", "a"}).Draw(t, "region"),
					From: from, Until: from.Add(time.Duration(rapid.IntRange(1, 40).Draw(t, "long")) * 15 * time.Minute), Made: around,
				}
				number++
				want := 0
				for _, r := range results {
					key := fmt.Sprint(r.Check, r.Region, r.At.UnixMilli())
					if r.Check == "one" && (strike.Region == "" || r.Region == strike.Region) && !r.At.Before(from) && r.At.Before(strike.Until) && r.Outcome == checker.Failed && struckBy[key] == "" {
						struckBy[key] = strike.ID
						want++
					}
				}
				err := write(func(ctx context.Context, tx *store.Tx) error { return tx.Strike(ctx, &strike) })
				if (err != nil) != (want == 0) || strike.Runs != want {
					t.Fatalf("%d were struck out, want %d: %v", strike.Runs, want, err)
				}
				if want > 0 {
					made = append(made, strike)
				}
			},
			"undo": func(t *rapid.T) {
				if len(made) == 0 {
					return
				}
				i := rapid.IntRange(0, len(made)-1).Draw(t, "which")
				if err := write(func(ctx context.Context, tx *store.Tx) error {
					_, err := tx.Unstrike(ctx, around, made[i].ID, "ana")
					return err
				}); err != nil {
					t.Fatal(err)
				}
				maps.DeleteFunc(struckBy, func(_, by string) bool { return by == made[i].ID })
				made = slices.Delete(made, i, i+1)
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
		var all, inMaintenance []checker.Result
		for key, r := range results {
			if struckBy[key] != "" {
				r.Outcome = checker.Unknown
			}
			all = append(all, r)
			if apart[key] {
				inMaintenance = append(inMaintenance, r)
			}
		}
		for table, list := range map[string][]checker.Result{"rollups": all, "excused": inMaintenance} {
			if want, got := recounted(zone, list), rolled(t, path, table); !maps.Equal(got, want) {
				t.Fatalf("%s hold\n%v\nand the results add up to\n%v", table, got, want)
			}
		}
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
			_, err := tx.(*store.Tx).Unstrike(ctx, now, id, "ana")
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
