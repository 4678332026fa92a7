package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/store"
)

// addToken keeps a token of a person and gives its id.
func (f *fixture) addToken(hash, person string, life time.Duration, scopes ...access.Scope) string {
	f.t.Helper()
	id := store.NewTokenID(f.time())
	f.do(func(ctx context.Context, tx *store.Tx, now time.Time) error {
		return tx.AddAPIToken(ctx, now, hash, &access.APIToken{ID: id, Name: "of " + person, Person: person, Role: access.Editor, Scopes: scopes, Expires: now.Add(life)})
	})
	return id
}

func (f *fixture) byHash(hash string) *access.APIToken {
	f.t.Helper()
	token, err := f.store.APITokenByHash(context.Background(), hash)
	if err != nil {
		f.t.Fatal(err)
	}
	return token
}

func TestAPITokens(t *testing.T) {
	f := newFixture(t)
	id := f.addToken("hash-1", "ana", time.Hour, access.ScopeRead)
	token := f.byHash("hash-1")
	if token.ID != id || token.Name != "of ana" || token.Person != "ana" || token.Role != access.Editor || !slices.Equal(token.Scopes, []access.Scope{"read"}) ||
		!token.Created.Equal(start) || !token.Expires.Equal(start.Add(time.Hour)) || !token.Revoked.IsZero() || !token.LastUsed.IsZero() {
		t.Errorf("it was kept as %+v", token)
	}
	for _, hash := range []string{"", "hash", "hash-2", "HASH-1"} {
		if _, err := f.store.APITokenByHash(t.Context(), hash); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q: %v", hash, err)
		}
	}

	f.pass(time.Minute)
	f.addToken("hash-2", "ben", time.Hour)
	second := f.addToken("hash-3", "ana", time.Hour)
	for person, want := range map[string]string{"": "ana ana ben", "ana": "ana ana", "ben": "ben", "chi": ""} {
		tokens, err := f.store.APITokens(t.Context(), person)
		var got []string
		for i := range tokens {
			got = append(got, tokens[i].Person)
		}
		if slices.Sort(got); err != nil || strings.Join(got, " ") != want {
			t.Errorf("of %q: %v, %v; want %s", person, got, err, want)
		}
		if person == "" && tokens[2].ID != id {
			t.Error("the oldest is not the last")
		}
	}

	f.do(func(ctx context.Context, tx *store.Tx, now time.Time) error {
		revoked, err := tx.RevokeAPIToken(ctx, now, second)
		if err != nil || !revoked.Revoked.Equal(now) || revoked.ID != second {
			t.Errorf("revoked: %+v, %v", revoked, err)
		}
		if _, err := tx.RevokeAPIToken(ctx, now, "another"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("revoking what is not there: %v", err)
		}
		if first, err := f.store.APIToken(ctx, id); err != nil || !first.Revoked.IsZero() {
			t.Errorf("the other token: %+v, %v", first, err)
		}
		return tx.ReplaceAPIToken(ctx, id, now.Add(time.Minute))
	})
	at := f.byHash("hash-3").Revoked
	f.pass(time.Minute)
	f.do(func(ctx context.Context, tx *store.Tx, now time.Time) error {
		again, err := tx.RevokeAPIToken(ctx, now, second)
		if err != nil || !again.Revoked.Equal(at) {
			t.Errorf("revoked again: %+v, %v", again, err)
		}
		return tx.ReplaceAPIToken(ctx, id, now.Add(time.Hour))
	})
	if got := f.byHash("hash-1").Expires; !got.Equal(at.Add(time.Minute)) {
		t.Errorf("it ends at %v, later than it was told to", got)
	}
}

func TestTheUseOfATokenIsNotedOnceAMinute(t *testing.T) {
	f := newFixture(t)
	id := f.addToken("hash", "ana", time.Hour)
	for _, step := range []struct{ after, want time.Duration }{{0, 0}, {30 * time.Second, 0}, {59 * time.Second, 0}, {time.Minute, time.Minute}, {time.Hour, time.Hour}} {
		if err := f.store.NoteAPITokenUse(t.Context(), start.Add(step.after), id); err != nil {
			t.Fatal(err)
		}
		if got := f.byHash("hash").LastUsed; !got.Equal(start.Add(step.want)) {
			t.Errorf("after a use at +%v it was last used at %v", step.after, got)
		}
	}
}

func TestTokensThatEndedLongAgoGo(t *testing.T) {
	f := newFixture(t)
	f.addToken("expired", "ana", time.Hour)
	revoked := f.addToken("revoked", "ana", 500*24*time.Hour)
	f.addToken("working", "ana", 500*24*time.Hour)
	f.do(func(ctx context.Context, tx *store.Tx, now time.Time) error {
		_, err := tx.RevokeAPIToken(ctx, now, revoked)
		return err
	})
	f.pass(80 * 24 * time.Hour)
	f.addToken("meanwhile", "ana", time.Hour)
	if tokens, err := f.store.APITokens(t.Context(), ""); err != nil || len(tokens) != 4 {
		t.Errorf("after 80 days: %d tokens, %v", len(tokens), err)
	}
	f.pass(11 * 24 * time.Hour)
	f.addToken("new", "ana", time.Hour)
	tokens, err := f.store.APITokens(t.Context(), "")
	if err != nil || len(tokens) != 3 {
		t.Errorf("after 91 days: %d tokens, %v", len(tokens), err)
	}
	if !f.byHash("working").Works(f.time()) {
		t.Error("one that works went")
	}
}

// A token's secret is nowhere in the files: what is looked for is put in as a
// hash, as the program does it.
func TestASecretIsKeptNowhere(t *testing.T) {
	f := newFixture(t)
	secret, hash := access.NewAPIToken()
	f.addToken(hash, "ana", time.Hour)
	if f.byHash(access.HashToken(secret)).Person != "ana" {
		t.Error("a token is not found by its secret's hash")
	}
	if n := f.count("SELECT count(*) FROM api_tokens WHERE instr(hash || name || person || scopes, '" + secret[4:] + "') > 0"); n != 0 {
		t.Error("the secret is in the table")
	}
}

func TestTwoTokensCannotShareASecret(t *testing.T) {
	f := newFixture(t)
	f.addToken("hash", "ana", time.Hour)
	err := f.store.Write(t.Context(), func(ctx context.Context, tx incident.Tx) error {
		return tx.(*store.Tx).AddAPIToken(ctx, f.time(), "hash", &access.APIToken{ID: "another", Person: "ben"})
	})
	if err == nil {
		t.Error("a hash was kept twice")
	}
	if tokens, err := f.store.APITokens(t.Context(), ""); err != nil || len(tokens) != 1 {
		t.Errorf("%+v, %v", tokens, err)
	}
}
