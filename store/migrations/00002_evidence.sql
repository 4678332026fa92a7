-- +goose Up

-- What is known of a run's evidence without reading it. The class is the
-- order in which runs go when there is no room: 0 successes, 1 degraded and
-- unknown runs, 2 repeated failures and successes just before a failure, 3 the
-- newest success of a series, 4 the first failure of a streak.
CREATE TABLE evidence_runs (
  series  INTEGER NOT NULL REFERENCES series (id),
  at      INTEGER NOT NULL, -- of the run, ms
  outcome INTEGER NOT NULL, -- as in results, which may be gone before
  class   INTEGER NOT NULL,
  size    INTEGER NOT NULL, -- bytes of all pieces
  reason  TEXT NOT NULL,
  PRIMARY KEY (series, at)
) WITHOUT ROWID;
CREATE INDEX evidence_runs_class ON evidence_runs (class, at);
DROP INDEX evidence_at;

-- The size of all evidence, kept up with each change.
CREATE TABLE evidence_total (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  bytes INTEGER NOT NULL
);
INSERT INTO evidence_total (id, bytes) VALUES (1, 0);
-- +goose StatementBegin
CREATE TRIGGER evidence_added AFTER INSERT ON evidence_runs BEGIN
  UPDATE evidence_total SET bytes = bytes + NEW.size;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER evidence_gone AFTER DELETE ON evidence_runs BEGIN
  DELETE FROM evidence WHERE series = OLD.series AND at = OLD.at;
  UPDATE evidence_total SET bytes = bytes - OLD.size;
END;
-- +goose StatementEnd

-- Until now only runs that were not ok had evidence, each its own.
INSERT INTO evidence_runs (series, at, outcome, class, size, reason)
  SELECT e.series, e.at, coalesce(r.outcome, 2), CASE coalesce(r.outcome, 2) WHEN 0 THEN 0 WHEN 2 THEN 2 ELSE 1 END,
    sum(length(e.data)), coalesce(r.detail ->> '$.reason', '')
  FROM evidence e LEFT JOIN results r ON r.series = e.series AND r.at = e.at
  GROUP BY e.series, e.at;

-- Warnings: what a run carried, whose warning an incident is, and events that
-- concern staff alone, which are no change of the page.
ALTER TABLE results ADD COLUMN warning TEXT; -- JSON; NULL: none
ALTER TABLE incidents ADD COLUMN check_id TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0;
CREATE INDEX events_public ON events (seq, at) WHERE quiet = 0;
