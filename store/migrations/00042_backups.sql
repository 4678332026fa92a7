-- +goose Up

-- What came of scheduled backups, and of practising to restore them.
CREATE TABLE backup_runs (
  at    INTEGER NOT NULL,
  kind  TEXT NOT NULL,    -- backup, drill
  took  INTEGER NOT NULL, -- ms
  file  TEXT NOT NULL,    -- its name; '' where none was made
  bytes INTEGER NOT NULL,
  rows  INTEGER NOT NULL,
  error TEXT NOT NULL,    -- '' where it went well
  PRIMARY KEY (kind, at)
) WITHOUT ROWID;
