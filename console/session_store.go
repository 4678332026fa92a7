package console

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/alexedwards/scs/v2"

	"daymark/access"
)

// sessionStore keeps sessions where the console's source does.
type sessionStore struct {
	kept Sessions
	idle time.Duration // a session ends when it was not used so long
	now  func() time.Time
}

var errNeedsContext = errors.New("a session is kept with a context")

// Find is not called: there is FindCtx.
func (*sessionStore) Find(string) ([]byte, bool, error) { return nil, false, errNeedsContext }

// Commit is not called: there is CommitCtx.
func (*sessionStore) Commit(string, []byte, time.Time) error { return errNeedsContext }

// Delete is not called: there is DeleteCtx.
func (*sessionStore) Delete(string) error { return errNeedsContext }

// seenEach is how exactly it is known when a session was used last: it is used
// many times a minute, and written once.
const seenEach = time.Minute

// FindCtx implements scs.CtxStore. That a session is used is written here, and
// not in what it holds, so that two requests at once lose nothing of it.
func (x *sessionStore) FindCtx(ctx context.Context, hash string) ([]byte, bool, error) {
	now := x.now()
	sittingOf(ctx).hash = hash
	data, seen, err := x.kept.SessionData(ctx, hash, now)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case now.Sub(seen) < seenEach:
		return data, true, nil
	}
	deadline, _, err := scs.GobCodec{}.Decode(data)
	if err != nil {
		return nil, false, err
	}
	return data, true, x.kept.SeeSession(ctx, hash, now, x.ends(deadline, now))
}

// ends says when a session ends that is used now and not again.
func (x *sessionStore) ends(deadline, now time.Time) time.Time {
	if idle := now.Add(x.idle); idle.Before(deadline) {
		return idle
	}
	return deadline
}

// DeleteCtx implements scs.CtxStore.
func (x *sessionStore) DeleteCtx(ctx context.Context, hash string) error {
	return x.kept.DropSession(ctx, hash)
}

// CommitCtx implements scs.CtxStore, of a session that was changed.
func (x *sessionStore) CommitCtx(ctx context.Context, hash string, data []byte, deadline time.Time) error {
	_, values, err := scs.GobCodec{}.Decode(data)
	if err != nil {
		return err
	}
	text := func(key string) string { value, _ := values[key].(string); return value }
	if text(keyPerson) == "" {
		return nil // of nobody: there is nothing to keep
	}
	now := x.now()
	session := access.Session{
		ID: text(keyID), Person: text(keyPerson), Stage: access.Stage(text(keyStage)), Began: momentOf(text(keyBegan)), Seen: now,
		Expires: x.ends(deadline, now), Address: text(keyAddress), Browser: text(keyBrowser), Changed: momentOf(text(keyChanged)),
	}
	return x.kept.KeepSession(ctx, hash, &session, data, sittingOf(ctx).making)
}

// momentOf reads a time of ours.
func momentOf(text string) time.Time {
	n, _ := strconv.ParseInt(text, 10, 64) // ours: it is one
	return time.UnixMilli(n)
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
