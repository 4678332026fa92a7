-- +goose Up

-- One address is one subscriber, however its letters are written.
UPDATE OR IGNORE subscribers SET address = lower(address) WHERE channel = 'email';

-- What a subscriber asked for besides, and how consent came about and ended.
ALTER TABLE subscribers ADD COLUMN incident TEXT REFERENCES incidents (id); -- the one that they hear of; null: all
ALTER TABLE subscribers ADD COLUMN language TEXT NOT NULL DEFAULT '';       -- empty: the page's first
ALTER TABLE subscribers ADD COLUMN maintenance INTEGER NOT NULL DEFAULT 0;  -- told of planned work
ALTER TABLE subscribers ADD COLUMN source TEXT NOT NULL DEFAULT 'import';   -- self, import, staff
ALTER TABLE subscribers ADD COLUMN reason TEXT NOT NULL DEFAULT '';         -- why it ended
ALTER TABLE subscribers ADD COLUMN generation INTEGER NOT NULL DEFAULT 1;   -- of the links in messages

-- A sign-up that waits for its confirmation. No secret is kept: links and
-- codes follow from the server's key, the id and the round.
ALTER TABLE subscribers ADD COLUMN round INTEGER NOT NULL DEFAULT 0; -- counts sign-ups
ALTER TABLE subscribers ADD COLUMN asked INTEGER;                    -- when; null: none waits
ALTER TABLE subscribers ADD COLUMN wishes TEXT;                      -- JSON: what it asks for
ALTER TABLE subscribers ADD COLUMN handle TEXT;                      -- hash of what the browser has to enter a code
ALTER TABLE subscribers ADD COLUMN tries INTEGER NOT NULL DEFAULT 0; -- wrong codes
CREATE INDEX subscribers_handle ON subscribers (handle) WHERE handle IS NOT NULL;

-- Addresses that are left alone, as hashes with the server's key: hard ones
-- get nothing at all, the others are not brought back by an import.
CREATE TABLE suppressions (
  hash    TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  reason  TEXT NOT NULL,
  hard    INTEGER NOT NULL,
  at      INTEGER NOT NULL
);
CREATE INDEX suppressions_at ON suppressions (at);

-- Sign-ups of the last hours, to limit them: key is a hash of the network
-- that one came from, or of the address that it names.
CREATE TABLE sign_ups (
  id   INTEGER PRIMARY KEY,
  kind TEXT NOT NULL, -- network, address; muted: of an address, beyond its limit
  key  TEXT NOT NULL,
  at   INTEGER NOT NULL
);
CREATE INDEX sign_ups_key ON sign_ups (kind, key, at);
CREATE INDEX sign_ups_at ON sign_ups (at);
