-- +goose Up

-- How long answers took, as slo.Latencies writes it; NULL where it was not kept
-- yet. What ran in a maintenance is counted by the hour, too.
ALTER TABLE rollups ADD COLUMN latencies BLOB;
CREATE TABLE excused_grains (
  series    INTEGER NOT NULL REFERENCES series (id),
  grain     INTEGER NOT NULL, -- as in rollups
  start     INTEGER NOT NULL,
  ok        INTEGER NOT NULL,
  degraded  INTEGER NOT NULL,
  failed    INTEGER NOT NULL,
  unknown   INTEGER NOT NULL,
  latency   INTEGER NOT NULL,
  latencies BLOB,
  PRIMARY KEY (series, grain, start)
) WITHOUT ROWID;
INSERT INTO excused_grains (series, grain, start, ok, degraded, failed, unknown, latency)
  SELECT series, 86400, start, ok, degraded, failed, unknown, 0 FROM excused;
DROP TABLE excused;
ALTER TABLE excused_grains RENAME TO excused;
