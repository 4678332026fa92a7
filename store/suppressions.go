package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"time"

	"daymark/notify"
)

// addressHash stands for an address where it must not be kept. It needs the
// server's key to be made, so that a copy of the database does not tell whose
// it is.
func (s *Store) addressHash(channel, address string) string {
	mac := hmac.New(sha256.New, s.key)
	// The purpose comes first: the key makes links too.
	_, _ = mac.Write([]byte("suppression\x00" + channel + "\x00" + notify.NormalAddress(channel, address))) // a hash never fails
	return hex.EncodeToString(mac.Sum(nil))
}

// Suppress leaves an address alone: wholly if hard, else only imports and
// staff do not bring it back. What is hard already stays so, with its reason.
func (t *Tx) Suppress(ctx context.Context, channel, address string, reason notify.EndReason, hard bool, now time.Time) error {
	hash := t.store.addressHash(channel, address)
	if _, err := t.exec(ctx, `INSERT INTO suppressions (hash, channel, reason, hard, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (hash) DO UPDATE SET reason = excluded.reason, hard = excluded.hard, at = excluded.at WHERE suppressions.hard = 0`,
		hash, channel, reason, hard, now.UnixMilli()); err != nil {
		return fmt.Errorf("suppress an address: %w", err)
	}
	return nil
}

// Unsuppress no longer leaves an address alone, and says whether it was left.
func (t *Tx) Unsuppress(ctx context.Context, channel, address string) (bool, error) {
	hash := t.store.addressHash(channel, address)
	done, err := t.exec(ctx, "DELETE FROM suppressions WHERE hash = ?", hash)
	if err != nil {
		return false, fmt.Errorf("end the suppression of an address: %w", err)
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

// Suppression says whether an address is left alone; nil: it is not.
func (t *Tx) Suppression(ctx context.Context, channel, address string) (*notify.Suppression, error) {
	hash := t.store.addressHash(channel, address)
	found, err := collect(ctx, t.query, scanSuppression, suppressionColumns+"WHERE hash = ?", hash)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

const suppressionColumns = "SELECT hash, channel, reason, hard, at FROM suppressions "

func scanSuppression(rows *sql.Rows) (s notify.Suppression, err error) {
	var at sql.NullInt64
	err = rows.Scan(&s.Hash, &s.Channel, &s.Reason, &s.Hard, &at)
	s.At = moment(at)
	return s, err
}
