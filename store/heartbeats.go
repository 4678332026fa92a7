package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"daymark/checker"
)

// HeartbeatToken is an address of a heartbeat.
type HeartbeatToken struct {
	Check   string
	Created time.Time
	Ends    time.Time // when it stops working; zero: it does not
}

// AddHeartbeatToken keeps the hash of a new token of a heartbeat.
func (t *Tx) AddHeartbeatToken(ctx context.Context, now time.Time, hash, check string) error {
	if _, err := t.exec(ctx, "INSERT INTO heartbeat_tokens (id, hash, check_id, created) VALUES (?, ?, ?, ?)", newID(now), hash, check, now.UnixMilli()); err != nil {
		return fmt.Errorf("add a heartbeat's token: %w", err)
	}
	return nil
}

// EndHeartbeatTokens lets the tokens of a heartbeat that work now end at a
// moment, if they do not end sooner, and says how many they are. Those that
// ended long ago are deleted.
func (t *Tx) EndHeartbeatTokens(ctx context.Context, now time.Time, check string, ends time.Time) (int64, error) {
	if _, err := t.exec(ctx, "DELETE FROM heartbeat_tokens WHERE check_id = ? AND ends < ?", check, now.AddDate(0, 0, -endedKept).UnixMilli()); err != nil {
		return 0, fmt.Errorf("delete a heartbeat's old tokens: %w", err)
	}
	done, err := t.exec(ctx, "UPDATE heartbeat_tokens SET ends = min(coalesce(ends, ?), ?) WHERE check_id = ? AND (ends IS NULL OR ends > ?)",
		ends.UnixMilli(), ends.UnixMilli(), check, now.UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("end a heartbeat's tokens: %w", err)
	}
	return done.RowsAffected()
}

// endedKept is for how many days a token that ended is still listed.
const endedKept = 90

// HeartbeatTokens counts the tokens of a heartbeat that work now.
func (t *Tx) HeartbeatTokens(ctx context.Context, now time.Time, check string) (int, error) {
	counts, err := collect(ctx, t.query, func(rows *sql.Rows) (n int, err error) { return n, rows.Scan(&n) },
		"SELECT count(*) FROM heartbeat_tokens WHERE check_id = ? AND (ends IS NULL OR ends > ?)", check, now.UnixMilli())
	if err != nil || len(counts) != 1 {
		return 0, fmt.Errorf("count a heartbeat's tokens: %w", err)
	}
	return counts[0], nil
}

// Heartbeat gives what is known of a heartbeat; ErrNotFound: it is not
// awaited.
func (t *Tx) Heartbeat(ctx context.Context, check string) (checker.BeatState, error) {
	var state checker.BeatState
	texts, err := collect(ctx, t.query, func(rows *sql.Rows) (text string, err error) { return text, rows.Scan(&text) },
		"SELECT state FROM heartbeats WHERE check_id = ?", check)
	switch {
	case err != nil:
		return state, fmt.Errorf("read the heartbeat %s: %w", check, err)
	case len(texts) == 0:
		return state, fmt.Errorf("heartbeat %s: %w", check, ErrNotFound)
	}
	if err := json.Unmarshal([]byte(texts[0]), &state); err != nil {
		return state, fmt.Errorf("read the heartbeat %s: %w", check, err)
	}
	return state, nil
}

// SaveHeartbeat keeps what is known of a heartbeat; from then on it is awaited.
func (t *Tx) SaveHeartbeat(ctx context.Context, check string, state *checker.BeatState) error {
	text, err := encode(state)
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, "INSERT INTO heartbeats (check_id, state) VALUES (?, ?) ON CONFLICT (check_id) DO UPDATE SET state = excluded.state", check, text); err != nil {
		return fmt.Errorf("save the heartbeat %s: %w", check, err)
	}
	return nil
}

// DropHeartbeat forgets a heartbeat: it is awaited no more.
func (t *Tx) DropHeartbeat(ctx context.Context, check string) error {
	if _, err := t.exec(ctx, "DELETE FROM heartbeats WHERE check_id = ?", check); err != nil {
		return fmt.Errorf("forget the heartbeat %s: %w", check, err)
	}
	return nil
}

// HeartbeatToken finds the check of a token by its hash; ErrNotFound where
// there is none, or it has ended.
func (s *Store) HeartbeatToken(ctx context.Context, hash string, now time.Time) (check string, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT check_id FROM heartbeat_tokens WHERE hash = ? AND (ends IS NULL OR ends > ?)", hash, now.UnixMilli()).Scan(&check)
	if errors.Is(err, sql.ErrNoRows) {
		return "", ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("look up a heartbeat's token: %w", err)
	}
	return check, nil
}

// Heartbeats reads what is known of all heartbeats that are awaited, by check,
// and the tokens that work now, oldest first.
func (s *Store) Heartbeats(ctx context.Context, now time.Time) (map[string]checker.BeatState, []HeartbeatToken, error) {
	type row struct{ check, state string }
	rows, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (r row, err error) { return r, rows.Scan(&r.check, &r.state) },
		"SELECT check_id, state FROM heartbeats")
	if err != nil {
		return nil, nil, fmt.Errorf("read the heartbeats: %w", explain(err))
	}
	states := make(map[string]checker.BeatState, len(rows))
	for _, r := range rows {
		var state checker.BeatState
		if err := json.Unmarshal([]byte(r.state), &state); err != nil {
			return nil, nil, fmt.Errorf("read the heartbeat %s: %w", r.check, err)
		}
		states[r.check] = state
	}
	tokens, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (token HeartbeatToken, err error) {
		var created, ends sql.NullInt64
		err = rows.Scan(&token.Check, &created, &ends)
		token.Created, token.Ends = moment(created), moment(ends)
		return token, err
	}, "SELECT check_id, created, ends FROM heartbeat_tokens WHERE ends IS NULL OR ends > ? ORDER BY created, id", now.UnixMilli())
	if err != nil {
		return nil, nil, fmt.Errorf("read the heartbeats' tokens: %w", explain(err))
	}
	return states, tokens, nil
}
