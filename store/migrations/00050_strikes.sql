-- +goose Up

-- False alarms: failed results of a time that a person struck out. While one is
-- in force its results count as such that could not tell; results.struck names
-- it. Deltas says what it took from rollups, so that it can be undone; spans
-- which time it takes from the downtime of a component.
ALTER TABLE results ADD COLUMN struck TEXT;
CREATE TABLE strikes (
  id        TEXT PRIMARY KEY,
  check_id  TEXT NOT NULL,
  component TEXT NOT NULL,
  region    TEXT NOT NULL,    -- '' for all
  since     INTEGER NOT NULL, -- ms
  until     INTEGER NOT NULL, -- not included
  reason    TEXT NOT NULL,
  author    TEXT NOT NULL,
  made      INTEGER NOT NULL,
  runs      INTEGER NOT NULL, -- that it struck out
  deltas    TEXT NOT NULL,    -- JSON
  undone    INTEGER,          -- NULL while it is in force
  undone_by TEXT NOT NULL DEFAULT ''
);
CREATE INDEX strikes_check ON strikes (check_id, since);
CREATE TABLE strike_spans (
  strike    TEXT NOT NULL REFERENCES strikes (id),
  component TEXT NOT NULL,
  since     INTEGER NOT NULL,
  until     INTEGER NOT NULL,
  PRIMARY KEY (strike, component, since)
) WITHOUT ROWID;
