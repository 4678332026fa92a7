-- +goose Up

-- Sessions that rose above the role of their person, for a time.
CREATE TABLE elevations (
  id      TEXT PRIMARY KEY,
  person  TEXT NOT NULL, -- id in the configuration
  session TEXT NOT NULL, -- its id
  own     TEXT NOT NULL, -- the role without it
  role    TEXT NOT NULL,
  reason  TEXT NOT NULL,
  began   INTEGER NOT NULL,
  until   INTEGER NOT NULL,
  ended   INTEGER,      -- before that
  how     TEXT NOT NULL -- why; '' until then
);
CREATE INDEX elevations_session ON elevations (session);
-- What was done in one: its actor says which.
CREATE INDEX audit_elevation ON audit (substr(actor, instr(actor, ', elevation ') + 12), seq) WHERE instr(actor, ', elevation ') > 0;

ALTER TABLE accounts ADD COLUMN entered INTEGER; -- when its person signed in last

ALTER TABLE agent_tokens ADD COLUMN name TEXT NOT NULL DEFAULT ''; -- what it is for
ALTER TABLE agent_tokens ADD COLUMN ends INTEGER;                  -- one that was replaced; null: never
ALTER TABLE agent_tokens ADD COLUMN heard INTEGER;                 -- to the minute; null: never
ALTER TABLE agent_tokens ADD COLUMN agent TEXT NOT NULL DEFAULT '';   -- as the agent called itself
ALTER TABLE agent_tokens ADD COLUMN version TEXT NOT NULL DEFAULT ''; -- of the agent
