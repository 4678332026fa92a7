package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/notify"
)

// attachmentsKept is how long files are kept that go with messages: longer than
// any of them waits, and as long as somebody may send it once more.
const attachmentsKept = 30 * 24 * time.Hour

// KeepAttachment keeps a file that goes with messages. One that is kept under
// its key already stays.
func (s *Store) KeepAttachment(ctx context.Context, a *notify.Attachment, now time.Time) error {
	err := s.transact(ctx, func(ctx context.Context, t *Tx) error {
		_, err := t.exec(ctx, "INSERT INTO attachments (key, name, media_type, data, made) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", a.Key, a.Name, a.MediaType, a.Data, now.UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("keep the attachment %s: %w", a.Key, err)
	}
	return nil
}

// Attachment gives the file of a key; nil where there is none.
func (s *Store) Attachment(ctx context.Context, key string) (*notify.Attachment, error) {
	found, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (a *notify.Attachment, err error) {
		a = &notify.Attachment{Key: key}
		return a, rows.Scan(&a.Name, &a.MediaType, &a.Data)
	}, "SELECT name, media_type, data FROM attachments WHERE key = ?", key)
	if err != nil || len(found) == 0 {
		return nil, explain(err)
	}
	return found[0], nil
}

// Queued says whether a delivery is known, whatever became of it.
func (s *Store) Queued(ctx context.Context, id string) (bool, error) {
	found, err := collect(ctx, s.readers.QueryContext, scanNumber, "SELECT count(*) FROM deliveries WHERE id = ?", id)
	if err != nil {
		return false, fmt.Errorf("look for delivery %s: %w", id, explain(err))
	}
	return found[0] > 0, nil
}
