package store_test

import (
	"context"
	"testing"
	"time"

	"daymark/incident"
	"daymark/store"
	"daymark/support"
)

func TestSwapsAreKept(t *testing.T) {
	f := newFixture(t)
	first := incident.Swap{ID: "a", Rota: "main", Role: support.Lead, Giver: "ana", Taker: "chi", From: f.now, To: f.now.Add(time.Hour), Note: "a wedding", By: "ana", Made: f.now}
	late := first
	late.ID, late.To = "b", f.now.Add(-25*time.Hour)
	save := func(swaps ...incident.Swap) {
		t.Helper()
		f.do(func(ctx context.Context, tx *store.Tx, now time.Time) error {
			_, err := tx.Save(ctx, now, &incident.Decision{Swaps: swaps})
			return err
		})
	}
	save(first, late)
	first.Accepted = f.now.Add(time.Minute)
	save(first)
	found, err := f.store.Swaps(t.Context(), time.Time{})
	if err != nil || len(found) != 2 || found[0].ID != "b" || found[1] != first {
		t.Errorf("%v: %+v", err, found)
	}
	if found, err := f.store.Swaps(t.Context(), f.now); err != nil || len(found) != 1 || found[0].State(f.now) != incident.SwapAccepted {
		t.Errorf("%v: %+v", err, found)
	}
	if state := f.state(f.store); len(state.Swaps) != 1 || *state.Swaps["a"] != first {
		t.Errorf("the state has %+v", state.Swaps)
	}
}
