-- +goose Up

-- The updates whose deliveries a storm held back. A row a delivery made each of
-- them twice as dear.
CREATE TABLE held_updates (
  update_id TEXT PRIMARY KEY REFERENCES updates (id) ON DELETE CASCADE,
  storm     INTEGER NOT NULL REFERENCES storms (id)
) WITHOUT ROWID;
INSERT INTO held_updates SELECT d.update_id, max(h.storm) FROM held h JOIN deliveries d ON d.id = h.delivery WHERE d.update_id IS NOT NULL GROUP BY 1;
DROP TABLE held;
CREATE INDEX held_updates_storm ON held_updates (storm);

-- In whose message a delivery goes with others, also for that one; null: alone.
ALTER TABLE deliveries ADD COLUMN carrier TEXT;
CREATE INDEX deliveries_carrier ON deliveries (carrier) WHERE carrier IS NOT NULL;

-- Which delivery took its place; null for most.
ALTER TABLE deliveries ADD COLUMN successor TEXT;

-- Channels that have failed for so long that people were told, until they are
-- told that it works again.
CREATE TABLE channel_troubles (
  channel TEXT PRIMARY KEY,
  since   INTEGER NOT NULL,
  reason  TEXT NOT NULL
) WITHOUT ROWID;
