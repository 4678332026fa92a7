-- +goose Up

-- Addresses of the web that fail: a row from the first call that fails to the
-- next that is taken. A trigger keeps it in the transaction that records what
-- became of the call, so that none is missed. What was never called, because
-- Daymark itself ended, is no failure of the address.
CREATE TABLE hook_failures (
  subscriber TEXT PRIMARY KEY REFERENCES subscribers (id) ON DELETE CASCADE,
  first      INTEGER NOT NULL,
  last       INTEGER NOT NULL,
  reason     TEXT NOT NULL, -- of the last
  ended      INTEGER        -- when the subscription ended by it
) WITHOUT ROWID;
-- +goose StatementBegin
CREATE TRIGGER hook_called AFTER UPDATE OF attempts ON deliveries
WHEN NEW.attempts > OLD.attempts AND NEW.subscriber IS NOT NULL AND NEW.channel IN ('webhook', 'slack', 'teams', 'discord') BEGIN
  DELETE FROM hook_failures WHERE subscriber = NEW.subscriber AND NEW.state IN ('accepted', 'delivered');
  INSERT INTO hook_failures (subscriber, first, last, reason) SELECT NEW.subscriber, NEW.changed, NEW.changed, NEW.reason
    WHERE NEW.state NOT IN ('accepted', 'delivered')
  ON CONFLICT (subscriber) DO UPDATE SET
    first = CASE WHEN ended IS NULL THEN first ELSE excluded.first END, last = excluded.last, reason = excluded.reason, ended = NULL
    WHERE (SELECT s.ended FROM subscribers s WHERE s.id = excluded.subscriber) IS NULL;
END;
-- +goose StatementEnd
