-- +goose Up

-- What staff do with an incident, as JSON; who wrote an update, and when its
-- text was put right; who chose a severity; how a clock ended.
ALTER TABLE incidents ADD COLUMN care TEXT NOT NULL DEFAULT '{}';
ALTER TABLE updates ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE updates ADD COLUMN edited INTEGER;
ALTER TABLE severity_decisions ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE promises ADD COLUMN nudged INTEGER;
ALTER TABLE promises ADD COLUMN how TEXT NOT NULL DEFAULT '';

CREATE TABLE update_edits (
  update_id TEXT NOT NULL REFERENCES updates (id),
  at        INTEGER NOT NULL,
  author    TEXT NOT NULL,
  before    TEXT NOT NULL, -- the text that was told until then
  PRIMARY KEY (update_id, at)
);

-- The timeline that staff keep. Only ever added to.
CREATE TABLE entries (
  incident TEXT NOT NULL REFERENCES incidents (id),
  number   INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  author   TEXT NOT NULL,
  kind     TEXT NOT NULL,
  about    INTEGER NOT NULL, -- the number of a proposal; 0: none
  done     INTEGER NOT NULL,
  text     TEXT NOT NULL,
  PRIMARY KEY (incident, number)
);

-- Messages due out to staff.
CREATE TABLE alerts (
  id       INTEGER PRIMARY KEY,
  incident TEXT REFERENCES incidents (id), -- null for what users report
  component TEXT NOT NULL, -- that users report about
  at       INTEGER NOT NULL,
  kind     TEXT NOT NULL,
  rota     TEXT NOT NULL, -- whose escalation calls
  person   TEXT NOT NULL,
  channel  TEXT NOT NULL,
  role     TEXT NOT NULL,
  ways     TEXT NOT NULL, -- JSON array: email, sms, voice
  text     TEXT NOT NULL
);
CREATE INDEX alerts_at ON alerts (at);
CREATE INDEX alerts_incident ON alerts (incident);

-- Statuses that people set.
CREATE TABLE overrides (
  component TEXT PRIMARY KEY,
  status    TEXT NOT NULL,
  reason    TEXT NOT NULL,
  author    TEXT NOT NULL,
  at        INTEGER NOT NULL,
  locked    INTEGER NOT NULL,
  incident  TEXT NOT NULL, -- that it ends with; empty: none
  base      TEXT NOT NULL  -- what the checks said then
);

-- What users report, and what they are told.
CREATE TABLE reports (
  id        TEXT PRIMARY KEY,
  component TEXT NOT NULL,
  at        INTEGER NOT NULL,
  text      TEXT NOT NULL,
  contact   TEXT NOT NULL,
  state     TEXT NOT NULL, -- received, triaged, closed
  outcome   TEXT NOT NULL, -- accepted, duplicate, not_ours; empty: not triaged
  priority  INTEGER NOT NULL,
  about     TEXT NOT NULL, -- the report that it is a duplicate of
  incident  TEXT NOT NULL, -- that it belongs to; empty: none
  due       INTEGER NOT NULL,
  nudged    INTEGER,
  changed   INTEGER NOT NULL
);
CREATE INDEX reports_changed ON reports (changed);
CREATE INDEX reports_open ON reports (state) WHERE state <> 'closed';
CREATE TABLE answers (
  report TEXT NOT NULL REFERENCES reports (id),
  number INTEGER NOT NULL,
  at     INTEGER NOT NULL,
  author TEXT NOT NULL,
  state  TEXT NOT NULL,
  text   TEXT NOT NULL,
  PRIMARY KEY (report, number)
);

-- What commands with a key made, so that none is done twice.
CREATE TABLE commands (
  key    TEXT PRIMARY KEY,
  at     INTEGER NOT NULL,
  digest TEXT NOT NULL,
  made   TEXT NOT NULL
);
CREATE INDEX commands_at ON commands (at);

-- What is learned from incidents, as JSON.
CREATE TABLE reviews (
  incident TEXT PRIMARY KEY REFERENCES incidents (id),
  due      INTEGER NOT NULL,
  ended    INTEGER NOT NULL, -- signed off, and all actions done
  review   TEXT NOT NULL
);
CREATE INDEX reviews_open ON reviews (incident) WHERE ended = 0;
