-- +goose Up

-- What somebody changed in what is watched: a deployment, a switch.
CREATE TABLE changes (
  id         TEXT PRIMARY KEY,
  at         INTEGER NOT NULL,
  what       TEXT NOT NULL,
  components TEXT NOT NULL, -- JSON array of ids; empty: not known of which
  link       TEXT NOT NULL,
  who        TEXT NOT NULL,
  author     TEXT NOT NULL, -- who told of it
  made       INTEGER NOT NULL
);
CREATE INDEX changes_at ON changes (at, id);

-- Each word that was said of a check.
CREATE TABLE verdict_changes (
  check_id TEXT NOT NULL,
  since    INTEGER NOT NULL,
  word     TEXT NOT NULL,
  reason   TEXT NOT NULL,
  PRIMARY KEY (check_id, since)
) WITHOUT ROWID;
INSERT INTO verdict_changes (check_id, since, word, reason) SELECT check_id, since, word, reason FROM verdicts;

-- How long the parts of a run took, and in how many attempts: see phases.go.
ALTER TABLE results ADD COLUMN phases BLOB;
