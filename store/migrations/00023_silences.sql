-- +goose Up

-- What opens no incident and calls nobody until a time.
CREATE TABLE silences (
  id        TEXT PRIMARY KEY,
  check_id  TEXT NOT NULL, -- '': of the component
  component TEXT NOT NULL,
  reason    TEXT NOT NULL,
  author    TEXT NOT NULL,
  began     INTEGER NOT NULL,
  until     INTEGER NOT NULL,
  ended     INTEGER,
  ended_by  TEXT NOT NULL  -- '': by itself
);
CREATE INDEX silences_lasting ON silences (until) WHERE ended IS NULL;
