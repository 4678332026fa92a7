package store_test

import (
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/store"
)

// A silence outlives a restart, and ends by itself after it.
func TestASilenceOutlivesARestart(t *testing.T) {
	f := newFixture(t)
	f.rounds(2, checker.OK)
	until := f.now.Add(5 * time.Minute)
	by := incident.By{Person: "ana"}
	id, err := f.engine.Command(t.Context(), by, "", incident.SetSilence{Check: "journey", Until: until, Reason: "known"})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	f.open()
	f.rounds(4, checker.Failed)
	lasting, err := f.store.Silences(t.Context(), f.now)
	if err != nil || len(lasting) != 1 || lasting[0].ID != id || lasting[0].By != "ana" || lasting[0].Component != "sign-in" || !lasting[0].Ended.IsZero() {
		t.Fatalf("%+v, %v", lasting, err)
	}
	if open, err := f.store.IncidentsOf(t.Context(), store.IncidentQuery{Open: true, Most: 10}); err != nil || len(open) != 0 {
		t.Fatalf("%d incidents, %v", len(open), err)
	}
	f.now = until
	if err := f.engine.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	if lasting, err = f.store.Silences(t.Context(), until); err != nil || len(lasting) != 0 {
		t.Errorf("%+v, %v", lasting, err)
	}
	if ended, err := f.store.Silences(t.Context(), until.Add(-time.Millisecond)); err != nil || len(ended) != 1 || !ended[0].Ended.Equal(until) || ended[0].EndedBy != "" {
		t.Errorf("%+v, %v", ended, err)
	}
}
