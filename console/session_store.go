package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"daymark/access"
)

// sessionStore keeps sessions where the console's source does.
type sessionStore struct {
	kept Sessions
	now  func() time.Time
}

var errNeedsContext = errors.New("a session is kept with a context")

// Find is not called: there is FindCtx.
func (*sessionStore) Find(string) ([]byte, bool, error) { return nil, false, errNeedsContext }

// Commit is not called: there is CommitCtx.
func (*sessionStore) Commit(string, []byte, time.Time) error { return errNeedsContext }

// Delete is not called: there is DeleteCtx.
func (*sessionStore) Delete(string) error { return errNeedsContext }

// FindCtx implements scs.CtxStore.
func (x *sessionStore) FindCtx(ctx context.Context, hash string) ([]byte, bool, error) {
	data, err := x.kept.SessionData(ctx, hash, x.now())
	if errors.Is(err, ErrNotFound) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// DeleteCtx implements scs.CtxStore.
func (x *sessionStore) DeleteCtx(ctx context.Context, hash string) error {
	return x.kept.DropSession(ctx, hash)
}

// CommitCtx implements scs.CtxStore. What has not changed is not written: a
// session is used many times a minute.
func (x *sessionStore) CommitCtx(ctx context.Context, hash string, data []byte, expires time.Time) error {
	_, values, err := sessionCodec{}.Decode(data)
	if err != nil {
		return err
	}
	making, _ := ctx.Value(makingKey{}).(*bool)
	stored, found, err := x.FindCtx(ctx, hash)
	switch {
	case err != nil:
		return err
	case found && bytes.Equal(stored, data):
		return nil
	case !found && (making == nil || !*making):
		return nil // it was ended while this request went on
	}
	text := func(key string) string { value, _ := values[key].(string); return value }
	number := func(key string) int64 { n, _ := strconv.ParseInt(text(key), 10, 64); return n } // ours: it is one
	if text(keyPerson) == "" {
		return nil // of nobody: there is nothing to keep
	}
	session := access.Session{
		ID: text(keyID), Person: text(keyPerson), Stage: access.Stage(text(keyStage)), Began: time.Unix(number(keyBegan), 0),
		Seen: time.Unix(number(keySeen)*60, 0), Expires: expires, Address: text(keyAddress), Browser: text(keyBrowser),
	}
	return x.kept.KeepSession(ctx, hash, &session, data, !found)
}

// sessionCodec writes a session as JSON, so that what has not changed is the
// same text again. All values of ours are text.
type sessionCodec struct{}

type sessionText struct {
	Deadline time.Time         `json:"deadline"`
	Values   map[string]string `json:"values"`
}

// Encode implements scs.Codec.
func (sessionCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	text := sessionText{deadline, map[string]string{}}
	for key, value := range values {
		word, ok := value.(string)
		if !ok {
			return nil, fmt.Errorf("a session holds text alone, and %s is %T", key, value)
		}
		text.Values[key] = word
	}
	return json.Marshal(text)
}

// Decode implements scs.Codec.
func (sessionCodec) Decode(data []byte) (time.Time, map[string]any, error) {
	var text sessionText
	if err := json.Unmarshal(data, &text); err != nil {
		return time.Time{}, nil, fmt.Errorf("read a session: %w", err)
	}
	values := map[string]any{}
	for key, value := range text.Values {
		values[key] = value
	}
	return text.Deadline, values, nil
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
