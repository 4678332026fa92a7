package store_test

import (
	"context"
	"testing"
	"time"

	"daymark/incident"
)

// A report that nobody could be asked about yet still asks after a restart.
func TestAReportThatAsksIsReadBack(t *testing.T) {
	f := newFixture(t)
	for _, asks := range []bool{true, false} {
		report := incident.Report{ID: "r", Component: "sign-in", At: f.now, State: incident.Received, Due: f.now.Add(time.Hour), Asks: asks, Changed: f.now}
		err := f.store.Write(context.Background(), func(ctx context.Context, tx incident.Tx) error {
			_, err := tx.Save(ctx, f.now, &incident.Decision{Reports: []incident.Report{report}})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := f.state(f.store).Reports["r"]; got == nil || got.Asks != asks {
			t.Errorf("read back as %+v; want asks %v", got, asks)
		}
	}
}
