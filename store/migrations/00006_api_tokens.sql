-- +goose Up

-- Tokens of people for /api/v1: only their hashes are kept.
CREATE TABLE api_tokens (
  id        TEXT PRIMARY KEY,
  hash      TEXT NOT NULL UNIQUE,
  name      TEXT NOT NULL,
  person    TEXT NOT NULL, -- id in the configuration
  role      TEXT NOT NULL,
  scopes    TEXT NOT NULL, -- JSON array; empty: all of the role
  created   INTEGER NOT NULL,
  expires   INTEGER NOT NULL,
  revoked   INTEGER,
  last_used INTEGER -- to the minute
);
CREATE INDEX api_tokens_person ON api_tokens (person);
