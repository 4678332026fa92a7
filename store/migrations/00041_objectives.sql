-- +goose Up

-- Whether a result ran in a maintenance; and what burns too fast at the moment,
-- one row an objective.
ALTER TABLE results ADD COLUMN excused INTEGER NOT NULL DEFAULT 0;
CREATE TABLE objective_alerts (
  objective TEXT PRIMARY KEY,
  pair_long INTEGER NOT NULL, -- seconds: which pair of windows
  since     INTEGER NOT NULL,
  held      INTEGER NOT NULL, -- when a pair fired last
  incident  TEXT NOT NULL     -- that it opened, or is told in; '' for none
);
