-- +goose Up

-- Maintenance, as planned and as it went; and the counts by day, as rollups
-- have them, of runs inside one, which uptime may leave out.
CREATE TABLE maintenances (
  id         TEXT PRIMARY KEY,
  rule       TEXT NOT NULL, -- of the configuration; '' where a person planned it
  title      TEXT NOT NULL,
  text       TEXT NOT NULL,
  components TEXT NOT NULL, -- JSON array of ids
  stage      TEXT NOT NULL, -- scheduled, in_progress, verifying, completed, cancelled
  announce   INTEGER NOT NULL,
  starts     INTEGER NOT NULL,
  ends       INTEGER NOT NULL,
  made       INTEGER NOT NULL,
  announced  INTEGER,
  began      INTEGER,
  over       INTEGER,
  done       INTEGER, -- completed or cancelled
  updated    INTEGER NOT NULL,
  why        TEXT NOT NULL
);
CREATE INDEX maintenances_done ON maintenances (done);
CREATE TABLE excused (
  series   INTEGER NOT NULL REFERENCES series (id),
  start    INTEGER NOT NULL, -- of the day, in seconds, UTC
  ok       INTEGER NOT NULL,
  degraded INTEGER NOT NULL,
  failed   INTEGER NOT NULL,
  unknown  INTEGER NOT NULL,
  PRIMARY KEY (series, start)
) WITHOUT ROWID;
