-- +goose Up

-- A delivery tells an update to a subscriber, or a notice: to staff, or to
-- somebody about their subscription.
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
  lane       INTEGER NOT NULL, -- the severity, 0 for staff: the least goes first
  due        INTEGER NOT NULL,
  expires    INTEGER NOT NULL,
  attempts   INTEGER NOT NULL,
  provider   TEXT NOT NULL, -- the provider's id
  reason     TEXT NOT NULL, -- why it is where it is
  created    INTEGER NOT NULL,
  changed    INTEGER NOT NULL,
  doubted    INTEGER,       -- since when it may have been taken
  UNIQUE (update_id, subscriber)
);
INSERT INTO deliveries_new SELECT id, 'public', update_id, incident, number, subscriber, channel, '', '', NULL, state, lane, due, expires, attempts,
  provider, reason, created, changed, doubted FROM deliveries;
DROP TABLE deliveries;
ALTER TABLE deliveries_new RENAME TO deliveries;
-- Partial, so that a claim does not look at what has ended.
CREATE INDEX deliveries_due ON deliveries (channel, lane, due, id) WHERE state IN ('pending', 'retry', 'unknown');
CREATE INDEX deliveries_expiring ON deliveries (channel, expires) WHERE state IN ('pending', 'retry', 'unknown');
CREATE INDEX deliveries_sending ON deliveries (channel, changed) WHERE state = 'sending';
CREATE INDEX deliveries_incident ON deliveries (incident, subscriber, number);
