package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/store"
)

// What is held in memory is the file's, too, when it is read while results are
// written, and after old rollups went.
func TestReadyIsTheFile(t *testing.T) {
	f := newFixture(t)
	var batches sync.WaitGroup
	write := func(region string) {
		for i := range 60 {
			err := f.store.Write(context.Background(), func(ctx context.Context, tx incident.Tx) error {
				_, err := tx.AddResults(ctx, []checker.Result{{Check: "one", Region: region, At: start.Add(time.Duration(i) * 7 * time.Hour), Outcome: checker.OK, Latency: time.Second}})
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
	for _, region := range []string{"a", "b"} {
		batches.Go(func() { write(region) })
	}
	for back := range 20 {
		if err := f.store.FillReady(t.Context(), start.AddDate(0, 0, -back)); err != nil {
			t.Fatal(err)
		}
	}
	batches.Wait()
	if err := f.store.ReadyDiffers(t.Context()); err != nil {
		t.Error(err)
	}
	now := start.AddDate(0, 0, 20)
	if _, err := f.store.Sweep(t.Context(), store.Retention{Hours: 10 * 24 * time.Hour, Days: 10 * 24 * time.Hour}, now); err != nil {
		t.Fatal(err)
	}
	if err := f.store.ReadyDiffers(t.Context()); err != nil {
		t.Error("after a sweep:", err)
	}
	write("c")
	if err := f.store.ReadyDiffers(t.Context()); err != nil {
		t.Error("after results that came late:", err)
	}
}
