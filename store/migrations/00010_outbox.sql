-- +goose Up

-- A delivery may repeat another by hand, so an update may go to a subscriber
-- more than once; otherwise its id, made of both, keeps it one row. What a
-- hundred thousand rows are written with has as few indexes as will do.
CREATE TABLE deliveries_new (
  id         TEXT PRIMARY KEY,
  audience   TEXT NOT NULL, -- public, staff
  update_id  TEXT REFERENCES updates (id),     -- null for a notice
  incident   TEXT REFERENCES incidents (id),   -- null for a notice of none
  number     INTEGER NOT NULL,                 -- of the update; 0 for a notice
  subscriber TEXT REFERENCES subscribers (id), -- null for staff
  channel    TEXT NOT NULL,
  address    TEXT NOT NULL, -- of a notice without a subscriber; a staff channel's is its id
  name       TEXT NOT NULL,
  notice     TEXT,          -- JSON; null for an update
  state      TEXT NOT NULL,
  lane       INTEGER NOT NULL, -- 0 for staff, otherwise the severity: the least goes first
  due        INTEGER NOT NULL,
  expires    INTEGER NOT NULL,
  attempts   INTEGER NOT NULL,
  provider   TEXT NOT NULL, -- the provider's id
  reason     TEXT NOT NULL, -- why it is where it is
  created    INTEGER NOT NULL,
  changed    INTEGER NOT NULL,
  doubted    INTEGER,       -- since when it may have been taken
  again      TEXT           -- the delivery that it repeats by hand; null for most
);
INSERT INTO deliveries_new SELECT id, audience, update_id, incident, number, subscriber, channel, address, name, notice, state, lane, due, expires,
  attempts, provider, reason, created, changed, doubted, NULL FROM deliveries;
DROP TABLE deliveries;
ALTER TABLE deliveries_new RENAME TO deliveries;
-- Partial, so that a claim does not look at what has ended.
CREATE INDEX deliveries_due ON deliveries (channel, lane, due) WHERE state IN ('pending', 'retry', 'unknown');
CREATE INDEX deliveries_sending ON deliveries (channel, changed) WHERE state = 'sending';
CREATE INDEX deliveries_incident ON deliveries (incident, subscriber, number);
CREATE INDEX deliveries_again ON deliveries (again) WHERE again IS NOT NULL;

-- What became of a delivery, from its first claim on: queueing many writes
-- nothing here.
CREATE TABLE delivery_events (
  delivery TEXT NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
  number   INTEGER NOT NULL, -- from 1
  at       INTEGER NOT NULL,
  state    TEXT NOT NULL,
  reason   TEXT NOT NULL,
  provider TEXT NOT NULL, -- the provider's id
  PRIMARY KEY (delivery, number)
) WITHOUT ROWID;
