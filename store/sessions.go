package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"daymark/access"
)

// SessionData gives what a session holds and when it was used last, by the hash
// of its secret; ErrNotFound where there is none, or none any more.
func (s *Store) SessionData(ctx context.Context, hash string, now time.Time) (data []byte, seen time.Time, err error) {
	_, err = collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (one struct{}, err error) {
		var at sql.NullInt64
		err = rows.Scan(&data, &at)
		seen = moment(at)
		return one, err
	}, "SELECT data, seen FROM sessions WHERE hash = ? AND expires > ?", hash, now.UnixMilli())
	switch {
	case err != nil:
		return nil, time.Time{}, fmt.Errorf("look up a session: %w", explain(err))
	case data == nil:
		return nil, time.Time{}, ErrNotFound
	}
	return data, seen, nil
}

// SeeSession notes that a session was used, and until when it lasts now.
func (s *Store) SeeSession(ctx context.Context, hash string, seen, expires time.Time) error {
	return s.transact(ctx, func(ctx context.Context, t *Tx) error {
		_, err := t.exec(ctx, "UPDATE sessions SET seen = ?, expires = ? WHERE hash = ? AND seen < ?", seen.UnixMilli(), expires.UnixMilli(), hash, seen.UnixMilli())
		return explainSession(err)
	})
}

// KeepSession keeps a session by the hash of its secret. A fresh one needs the
// password that it was begun with to be the one of now; one that was ended
// meanwhile is not made again.
func (s *Store) KeepSession(ctx context.Context, hash string, session *access.Session, data []byte, fresh bool) error {
	return s.transact(ctx, func(ctx context.Context, t *Tx) error {
		if fresh {
			_, err := t.exec(ctx, `INSERT INTO sessions (hash, id, person, stage, began, seen, expires, address, browser, data)
				SELECT ?, ?, person, ?, ?, ?, ?, ?, ?, ? FROM accounts WHERE person = ? AND changed = ?`,
				hash, session.ID, session.Stage, session.Began.UnixMilli(), session.Seen.UnixMilli(), session.Expires.UnixMilli(),
				session.Address, session.Browser, data, session.Person, session.Changed.UnixMilli())
			return explainSession(err)
		}
		_, err := t.exec(ctx, "UPDATE sessions SET data = ? WHERE hash = ?", data, hash)
		return explainSession(err)
	})
}

func explainSession(err error) error {
	if err != nil {
		return fmt.Errorf("keep a session: %w", err)
	}
	return nil
}

// DropSession ends the session of a hash.
func (s *Store) DropSession(ctx context.Context, hash string, now time.Time) error {
	return s.transact(ctx, func(ctx context.Context, t *Tx) error {
		if _, err := t.exec(ctx, "DELETE FROM sessions WHERE hash = ?", hash); err != nil {
			return fmt.Errorf("end a session: %w", err)
		}
		return t.endWithSessions(ctx, now)
	})
}

// Sessions gives the sessions of a person that are not over, the latest used
// first.
func (s *Store) Sessions(ctx context.Context, person string, now time.Time) ([]access.Session, error) {
	return s.sessions(ctx, "person = ? AND expires > ?", person, now.UnixMilli())
}

// EverySession gives everybody's sessions that are not over, the latest used
// first.
func (s *Store) EverySession(ctx context.Context, now time.Time) ([]access.Session, error) {
	return s.sessions(ctx, "expires > ?", now.UnixMilli())
}

func (s *Store) sessions(ctx context.Context, where string, args ...any) ([]access.Session, error) {
	found, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (x access.Session, err error) {
		var began, seen, expires sql.NullInt64
		err = rows.Scan(&x.ID, &x.Person, &x.Stage, &began, &seen, &expires, &x.Address, &x.Browser)
		x.Began, x.Seen, x.Expires = moment(began), moment(seen), moment(expires)
		return x, err
	}, "SELECT id, person, stage, began, seen, expires, address, browser FROM sessions WHERE "+where+" ORDER BY seen DESC, id", args...)
	if err != nil {
		return nil, fmt.Errorf("read the sessions: %w", explain(err))
	}
	return found, nil
}

// EndSessions ends the sessions of a person: the one of an id, or all but the
// one that is kept where id is empty.
func (t *Tx) EndSessions(ctx context.Context, now time.Time, person, id, kept string) error {
	if _, err := t.exec(ctx, "DELETE FROM sessions WHERE person = ? AND (? = '' OR id = ?) AND id <> ?", person, id, id, kept); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return t.endWithSessions(ctx, now)
}

// SessionLasts gives ErrNotFound where the session of an id is over, or is of
// another person. What a session asks for is done in the same transaction, so
// that one that was ended meanwhile does nothing any more.
func (t *Tx) SessionLasts(ctx context.Context, person, id string, now time.Time) error {
	found, err := collect(ctx, t.query, func(rows *sql.Rows) (n int, err error) { return n, rows.Scan(&n) },
		"SELECT 1 FROM sessions WHERE person = ? AND id = ? AND expires > ?", person, id, now.UnixMilli())
	switch {
	case err != nil:
		return fmt.Errorf("look up a session: %w", err)
	case len(found) == 0:
		return ErrNotFound
	}
	return nil
}

// UseCode notes that the code of a step was used; it says false where that
// step, or a later one, was used before.
func (s *Store) UseCode(ctx context.Context, person string, step int64) (used bool, err error) {
	err = s.transact(ctx, func(ctx context.Context, t *Tx) error {
		result, err := t.exec(ctx, "UPDATE accounts SET step = ? WHERE person = ? AND step < ?", step, person, step)
		if err != nil {
			return fmt.Errorf("use a code: %w", err)
		}
		n, err := result.RowsAffected()
		used = n > 0
		return err
	})
	return used, err
}

// UseRecoveryCode uses a recovery code up; ErrNotFound where it is none.
func (t *Tx) UseRecoveryCode(ctx context.Context, person, code string) error {
	a, err := t.Account(ctx, person)
	if err != nil {
		return err
	}
	left, right := access.UseRecoveryCode(a.Codes, code)
	if !right {
		return ErrNotFound
	}
	a.Codes = left
	return t.PutAccount(ctx, a)
}

// SweepSessions forgets sessions and invitations that are over.
func (s *Store) SweepSessions(ctx context.Context, now time.Time) error {
	return s.transact(ctx, func(ctx context.Context, t *Tx) error {
		_, sessions := t.exec(ctx, "DELETE FROM sessions WHERE expires <= ?", now.UnixMilli())
		_, invitations := t.exec(ctx, "DELETE FROM invitations WHERE expires <= ?", now.UnixMilli())
		if err := errors.Join(sessions, invitations); err != nil {
			return fmt.Errorf("sweep sessions: %w", err)
		}
		return t.endWithSessions(ctx, now)
	})
}
