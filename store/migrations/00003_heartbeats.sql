-- +goose Up

-- Addresses of heartbeats: only the hashes of their tokens are kept.
CREATE TABLE heartbeat_tokens (
  id       TEXT PRIMARY KEY,
  hash     TEXT NOT NULL UNIQUE,
  check_id TEXT NOT NULL,
  created  INTEGER NOT NULL,
  ends     INTEGER -- when it stops working; NULL: it does not
);
CREATE INDEX heartbeat_tokens_check ON heartbeat_tokens (check_id);
-- What has to be known between two calls.
CREATE TABLE heartbeats (
  check_id TEXT PRIMARY KEY,
  state    TEXT NOT NULL -- JSON: the last call, what is judged, runs that have not ended
);
