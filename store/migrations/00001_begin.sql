-- +goose Up

-- Results. A series is one check in one region; results name it by number.
CREATE TABLE series (
  id     INTEGER PRIMARY KEY,
  check_id TEXT NOT NULL,
  region TEXT NOT NULL,
  UNIQUE (check_id, region)
);
CREATE TABLE results (
  series   INTEGER NOT NULL REFERENCES series (id),
  at       INTEGER NOT NULL, -- scheduled, ms
  outcome  INTEGER NOT NULL, -- 0 ok, 1 degraded, 2 failed, 3 unknown
  latency  INTEGER NOT NULL, -- microseconds
  detail   TEXT,             -- JSON: what is not ok or worth keeping
  PRIMARY KEY (series, at)
) WITHOUT ROWID;
-- Rollups by hour and day (grain 3600 or 86400; start in seconds, UTC).
CREATE TABLE rollups (
  series   INTEGER NOT NULL REFERENCES series (id),
  grain    INTEGER NOT NULL,
  start    INTEGER NOT NULL,
  ok       INTEGER NOT NULL,
  degraded INTEGER NOT NULL,
  failed   INTEGER NOT NULL,
  unknown  INTEGER NOT NULL,
  latency  INTEGER NOT NULL, -- sum over those that answered, microseconds
  PRIMARY KEY (series, grain, start)
) WITHOUT ROWID;
CREATE TABLE evidence (
  series     INTEGER NOT NULL REFERENCES series (id),
  at         INTEGER NOT NULL,
  name       TEXT NOT NULL,
  media_type TEXT NOT NULL,
  data       BLOB NOT NULL,
  PRIMARY KEY (series, at, name)
);
CREATE INDEX evidence_at ON evidence (at);

-- What follows from them.
CREATE TABLE verdicts (
  check_id TEXT PRIMARY KEY,
  word   TEXT NOT NULL,
  since  INTEGER NOT NULL,
  reason TEXT NOT NULL
);
CREATE TABLE components (
  id      TEXT PRIMARY KEY,
  status  TEXT NOT NULL,
  since   INTEGER NOT NULL,
  reason  TEXT NOT NULL,
  created INTEGER NOT NULL
);
CREATE TABLE component_changes (
  component TEXT NOT NULL,
  at        INTEGER NOT NULL,
  status    TEXT NOT NULL,
  PRIMARY KEY (component, at)
) WITHOUT ROWID;
CREATE TABLE incidents (
  id          TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  phase       TEXT NOT NULL,
  severity    INTEGER NOT NULL,
  worst       INTEGER NOT NULL,
  reason      TEXT NOT NULL,
  since       INTEGER NOT NULL,
  opened      INTEGER NOT NULL,
  updated     INTEGER NOT NULL,
  monitoring  INTEGER,
  resolved    INTEGER,
  clean_since INTEGER,
  ease_since  INTEGER
);
CREATE INDEX incidents_resolved ON incidents (resolved);
CREATE TABLE affected (
  incident  TEXT NOT NULL REFERENCES incidents (id),
  component TEXT NOT NULL,
  position  INTEGER NOT NULL,
  status    TEXT NOT NULL,
  worst     TEXT NOT NULL,
  since     INTEGER NOT NULL,
  until     INTEGER,
  PRIMARY KEY (incident, component)
);
CREATE TABLE severity_decisions (
  incident TEXT NOT NULL REFERENCES incidents (id),
  at       INTEGER NOT NULL,
  severity INTEGER NOT NULL,
  reason   TEXT NOT NULL,
  clause   TEXT NOT NULL,
  facts    TEXT NOT NULL,
  PRIMARY KEY (incident, at)
);
CREATE TABLE updates (
  id       TEXT PRIMARY KEY,
  incident TEXT NOT NULL REFERENCES incidents (id),
  number   INTEGER NOT NULL,
  kind     TEXT NOT NULL,
  phase    TEXT NOT NULL,
  severity INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  text     TEXT NOT NULL,
  auto     INTEGER NOT NULL,
  promised INTEGER,
  next_by  INTEGER,
  changes  TEXT NOT NULL,
  channels TEXT NOT NULL,
  UNIQUE (incident, number)
);
CREATE TABLE promises (
  incident TEXT NOT NULL REFERENCES incidents (id),
  kind     TEXT NOT NULL,
  made     INTEGER NOT NULL,
  due      INTEGER NOT NULL,
  ended    INTEGER,
  PRIMARY KEY (incident, kind, made)
);

-- One row that is written to find out whether writing works.
CREATE TABLE alive (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at INTEGER NOT NULL
);

-- What changed, in order; the audit trail of people's acts.
CREATE TABLE events (
  seq  INTEGER PRIMARY KEY,
  at   INTEGER NOT NULL,
  what TEXT NOT NULL -- JSON
);
CREATE TABLE audit (
  seq    INTEGER PRIMARY KEY REFERENCES events (seq),
  at     INTEGER NOT NULL,
  actor  TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL
);

-- Who is told, and what became of it.
CREATE TABLE subscribers (
  id         TEXT PRIMARY KEY,
  channel    TEXT NOT NULL, -- email, sms
  address    TEXT NOT NULL,
  name       TEXT NOT NULL,
  components TEXT NOT NULL, -- JSON array of ids; empty: all
  severity   INTEGER NOT NULL, -- told of this one and worse
  updates    TEXT NOT NULL, -- all, or edges: beginning, worsening, end
  confirmed  INTEGER,
  ended      INTEGER,
  created    INTEGER NOT NULL,
  UNIQUE (channel, address)
);
CREATE TABLE deliveries (
  id         TEXT PRIMARY KEY,
  update_id  TEXT NOT NULL REFERENCES updates (id),
  incident   TEXT NOT NULL REFERENCES incidents (id),
  number     INTEGER NOT NULL, -- of the update
  subscriber TEXT NOT NULL REFERENCES subscribers (id),
  channel    TEXT NOT NULL,
  state      TEXT NOT NULL,
  lane       INTEGER NOT NULL, -- the severity: P1 goes first
  due        INTEGER NOT NULL,
  expires    INTEGER NOT NULL,
  attempts   INTEGER NOT NULL,
  provider   TEXT NOT NULL, -- the provider's id
  reason     TEXT NOT NULL, -- why it is where it is
  created    INTEGER NOT NULL,
  changed    INTEGER NOT NULL,
  doubted    INTEGER,       -- since when it may have been taken
  UNIQUE (update_id, subscriber)
);
-- Partial, so that a claim does not look at what has ended.
CREATE INDEX deliveries_due ON deliveries (channel, lane, due, id) WHERE state IN ('pending', 'retry', 'unknown');
CREATE INDEX deliveries_expiring ON deliveries (channel, expires) WHERE state IN ('pending', 'retry', 'unknown');
CREATE INDEX deliveries_sending ON deliveries (channel, changed) WHERE state = 'sending';
CREATE INDEX deliveries_incident ON deliveries (incident, subscriber, number);

-- Probe agents' tokens: only their hashes are kept.
CREATE TABLE agent_tokens (
  id      TEXT PRIMARY KEY,
  hash    TEXT NOT NULL UNIQUE,
  region  TEXT NOT NULL,
  created INTEGER NOT NULL,
  revoked INTEGER
);
