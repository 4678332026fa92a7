package store_test

import (
	"context"
	"math"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
)

// The figures are those of all runs of the checks asked for, to one per cent.
func TestFigures(t *testing.T) {
	f := newFixture(t)
	hour := start.Truncate(time.Hour)
	var batch []checker.Result
	for i := range 200 {
		for _, check := range []string{"one", "two", "three"} {
			r := checker.Result{Check: check, Region: []string{"a", "b"}[i%2], At: hour.Add(time.Duration(i) * time.Minute), Outcome: checker.OK, Latency: time.Duration(i+1) * time.Millisecond}
			switch {
			case check == "three":
				r.Latency = time.Hour
			case i%20 == 19:
				r.Outcome = checker.Failed
			case i%20 == 17:
				r.Outcome = checker.Unknown
			}
			batch = append(batch, r)
		}
	}
	if err := f.store.Write(t.Context(), func(ctx context.Context, tx incident.Tx) error {
		_, err := tx.AddResults(ctx, batch)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	got, err := f.store.Figures(t.Context(), []string{"one", "two"}, false, false, hour, hour.Add(2*time.Hour))
	if err != nil || len(got) != 4 || got[0].Region != "a" || got[2].Region != "b" || !got[1].From.Equal(hour.Add(time.Hour)) {
		t.Fatalf("%+v, %v", got, err)
	}
	if got[0].Good != 60 || got[0].Bad != 0 || got[2].Bad != 6 || got[2].Unknown != 6 || got[2].Good != 48 {
		t.Errorf("%+v", got)
	}
	// In region a the first hour took 1, 3, 5 … 59 ms, twice each.
	for _, c := range []struct{ got, want time.Duration }{{got[0].P50, 29 * time.Millisecond}, {got[0].P95, 57 * time.Millisecond}, {got[0].P99, 59 * time.Millisecond}} {
		if math.Abs(float64(c.got-c.want)) > 0.04*float64(c.want) {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
	// Failures of region b in a maintenance are not counted, unless that is asked.
	if err := f.store.Write(t.Context(), func(ctx context.Context, tx incident.Tx) error {
		var failed []checker.Result
		for _, r := range batch {
			if r.Outcome == checker.Failed && r.At.Before(hour.Add(time.Hour)) {
				failed = append(failed, r)
			}
		}
		return tx.Excuse(ctx, failed)
	}); err != nil {
		t.Fatal(err)
	}
	for counted, bad := range map[bool]int{false: 0, true: 6} {
		got, err := f.store.Figures(t.Context(), []string{"one", "two"}, false, counted, hour, hour.Add(time.Hour))
		if err != nil || got[1].Good != 48 || got[1].Bad != bad || got[1].Unknown != 6 {
			t.Errorf("counted %v: %+v, %v", counted, got, err)
		}
	}
	if none, err := f.store.Figures(t.Context(), nil, true, false, hour, hour.Add(time.Hour)); err != nil || len(none) != 0 {
		t.Errorf("%+v, %v", none, err)
	}
}
