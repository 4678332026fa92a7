package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/store"
)

// Runs in parts of every size hold each run once, in order.
func TestRunsOfACheckByParts(t *testing.T) {
	f := newFixture(t)
	f.rounds(3, checker.OK)
	f.rounds(2, checker.Failed)
	var want []string
	all, err := f.store.CheckRuns(t.Context(), store.RunQuery{Check: "journey", Most: 100})
	if err != nil || len(all) != 10 {
		t.Fatalf("%d runs, %v", len(all), err)
	}
	for i, r := range all {
		want = append(want, r.At.String()+r.Region)
		if i > 0 && (r.At.After(all[i-1].At) || r.At.Equal(all[i-1].At) && r.Region <= all[i-1].Region) {
			t.Errorf("run %d is out of order", i)
		}
	}
	for most := 1; most < 5; most++ {
		var got []string
		for after := (store.Place{}); ; {
			part, err := f.store.CheckRuns(t.Context(), store.RunQuery{Check: "journey", After: after, Most: most})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range part {
				got = append(got, r.At.String()+r.Region)
				after = store.Place{At: r.At, Region: r.Region}
			}
			if len(part) < most {
				break
			}
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("in parts of %d: %v", most, got)
		}
	}
	if one, err := f.store.CheckRuns(t.Context(), store.RunQuery{Check: "journey", Region: "b", Most: 100}); err != nil || len(one) != 5 {
		t.Errorf("of one region: %d, %v", len(one), err)
	}
}

// How long the parts took is kept of runs that went well, too.
func TestPartsOfARunAreKept(t *testing.T) {
	f := newFixture(t)
	at := f.now.Add(time.Second).Truncate(time.Millisecond)
	result := checker.Result{
		Check: "journey", Region: "a", At: at, Started: at, Outcome: checker.OK, Attempts: 2, Latency: 300 * time.Millisecond,
		Timings: []checker.Timing{{Name: "dns", Duration: 1234 * time.Microsecond}, {Name: "step 1", Duration: time.Second}, {Name: "tls", Duration: 0}, {Name: "transfer", Duration: 2 * time.Hour}},
	}
	f.now = at
	if _, err := f.engine.Submit(t.Context(), "a", []checker.Result{result}); err != nil {
		t.Fatal(err)
	}
	latest, err := f.store.LatestRuns(t.Context(), "journey")
	if err != nil {
		t.Fatal(err)
	}
	between, err := f.store.RunsBetween(t.Context(), "journey", at, at.Add(time.Millisecond))
	for name, got := range map[string][]checker.Result{"latest": latest, "between": between} {
		if err != nil || len(got) != 1 || got[0].Attempts != 2 || got[0].Latency != 300*time.Millisecond || fmt.Sprint(got[0].Timings) != "[{dns 1.234ms} {tls 0s} {transfer 2h0m0s}]" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// By how much a run began late is kept, of one that went well too.
func TestHowLateARunBeganIsKept(t *testing.T) {
	for late, kept := range map[time.Duration]time.Duration{0: 0, 900 * time.Millisecond: 0, 4 * time.Second: 4 * time.Second} {
		f := newFixture(t)
		at := f.now.Add(time.Second).Truncate(time.Millisecond)
		f.now = at.Add(late)
		result := checker.Result{Check: "journey", Region: "a", At: at, Started: at.Add(late), Outcome: checker.OK, Attempts: 1, Latency: time.Second}
		if _, err := f.engine.Submit(t.Context(), "a", []checker.Result{result}); err != nil {
			t.Fatal(err)
		}
		runs, err := f.store.CheckRuns(t.Context(), store.RunQuery{Check: "journey", Most: 1})
		if err != nil || len(runs) != 1 || kept > 0 && runs[0].Started.Sub(at) != kept || kept == 0 && !runs[0].Started.IsZero() {
			t.Errorf("%v late: %+v, %v", late, runs, err)
		}
	}
}

func TestWhatWasSaidOfACheckIsKept(t *testing.T) {
	f := newFixture(t)
	f.rounds(3, checker.OK)
	f.rounds(3, checker.Failed)
	f.rounds(3, checker.OK)
	changes, err := f.store.VerdictChanges(t.Context(), "journey", 10)
	var words []string
	for _, v := range changes {
		words = append(words, string(v.Word))
	}
	if got := strings.Join(words, " "); err != nil || got != "up down up" {
		t.Fatalf("%s, %v", got, err)
	}
	if !strings.Contains(changes[1].Reason, "regions failing") || !changes[0].Since.After(changes[1].Since) {
		t.Errorf("%+v", changes)
	}
	if few, err := f.store.VerdictChanges(t.Context(), "journey", 1); err != nil || len(few) != 1 || few[0].Word != incident.Up {
		t.Errorf("the newest: %v, %v", few, err)
	}
}

func TestOnePieceOfEvidenceIsRead(t *testing.T) {
	f := newFixture(t)
	at := f.now.Add(time.Second).Truncate(time.Millisecond)
	f.now = at
	result := checker.Result{
		Check: "journey", Region: "a", At: at, Started: at, Outcome: checker.Failed, Reason: "no",
		Evidence: []checker.Evidence{{Name: "page.html", MediaType: "text/html", Data: []byte("<p>")}},
	}
	if _, err := f.engine.Submit(context.Background(), "a", []checker.Result{result}); err != nil {
		t.Fatal(err)
	}
	run := checker.Key{Check: "journey", Region: "a", At: at.UnixMilli()}
	piece, outcome, err := f.store.EvidencePiece(t.Context(), run, "page.html")
	if err != nil || string(piece.Data) != "<p>" || piece.MediaType != "text/html" || outcome != checker.Failed {
		t.Errorf("%+v, %s, %v", piece, outcome, err)
	}
	for _, other := range []checker.Key{{Check: "other", Region: "a", At: run.At}, {Check: "journey", Region: "b", At: run.At}, {Check: "journey", Region: "a", At: run.At + 1}} {
		if _, _, err := f.store.EvidencePiece(t.Context(), other, "page.html"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%+v: %v", other, err)
		}
	}
	if _, _, err := f.store.EvidencePiece(t.Context(), run, "other.html"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another piece: %v", err)
	}
}
