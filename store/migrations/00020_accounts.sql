-- +goose Up

-- How people sign in to the console: passwords, codes and sessions only as
-- hashes; the secret of a second factor is sealed by keys/accounts.
CREATE TABLE accounts (
  person   TEXT PRIMARY KEY, -- id in the configuration
  password TEXT NOT NULL,
  secret   BLOB,             -- sealed; null: no second factor yet
  step     INTEGER NOT NULL, -- of the code that was used last
  codes    TEXT NOT NULL,    -- JSON array of hashes
  created  INTEGER NOT NULL,
  changed  INTEGER NOT NULL  -- the password
);

-- Links by which an account is made, once.
CREATE TABLE invitations (
  hash    TEXT PRIMARY KEY,
  person  TEXT NOT NULL UNIQUE, -- '': the first administrator
  made    INTEGER NOT NULL,
  expires INTEGER NOT NULL
);

CREATE TABLE sessions (
  hash    TEXT PRIMARY KEY,
  id      TEXT NOT NULL UNIQUE, -- to name it by
  person  TEXT NOT NULL,
  stage   TEXT NOT NULL,
  began   INTEGER NOT NULL,
  seen    INTEGER NOT NULL, -- to the minute
  expires INTEGER NOT NULL,
  address TEXT NOT NULL,
  browser TEXT NOT NULL,
  data    BLOB NOT NULL
);
CREATE INDEX sessions_person ON sessions (person);
CREATE INDEX sessions_expires ON sessions (expires);
