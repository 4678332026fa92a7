package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"daymark/access"
	"daymark/store"
)

func TestAgentTokens(t *testing.T) {
	f := newFixture(t)
	token := access.AgentToken{Region: "a", Name: "the rack"}
	f.do(func(ctx context.Context, tx *store.Tx, now time.Time) error {
		return tx.AddAgentToken(ctx, now, "hash", &token)
	})
	works := func(hash string, at time.Time) bool {
		t.Helper()
		found, err := f.store.AgentToken(t.Context(), hash, at)
		if err != nil && !errors.Is(err, store.ErrNotFound) || err == nil && (found.ID != token.ID || found.Region != "a" || found.Name != "the rack") {
			t.Fatalf("%+v, %v", found, err)
		}
		return err == nil
	}
	if !works("hash", f.time()) || works("other", f.time()) || works("", f.time()) {
		t.Error("a token opens by its hash alone")
	}
	// From whom something is heard is noted, and what is older changes nothing.
	for _, heard := range []access.AgentToken{{ID: token.ID, Heard: f.time().Add(time.Minute), Agent: "west-1", Version: "1.2"}, {ID: token.ID, Heard: f.time(), Agent: "old"}, {ID: "other", Heard: f.time()}} {
		if err := f.store.HearAgents(t.Context(), []access.AgentToken{heard}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := f.store.AgentTokens(t.Context())
	if err != nil || len(all) != 1 || all[0].Agent != "west-1" || all[0].Version != "1.2" || !all[0].Heard.Equal(f.time().Add(time.Minute)) {
		t.Fatalf("%+v, %v", all, err)
	}
	// One that is replaced ends at its time, which nothing puts off.
	end := f.time().Add(time.Hour)
	for _, at := range []time.Time{end, end.Add(time.Hour)} {
		f.do(func(ctx context.Context, tx *store.Tx, _ time.Time) error {
			return tx.ReplaceAgentToken(ctx, token.ID, at)
		})
	}
	if !works("hash", end.Add(-time.Millisecond)) || works("hash", end) {
		t.Error("it does not end at its time")
	}
	f.do(func(ctx context.Context, tx *store.Tx, now time.Time) error {
		return tx.RevokeAgentToken(ctx, now, token.ID)
	})
	if works("hash", f.time()) {
		t.Error("it opens when it is revoked")
	}
}
