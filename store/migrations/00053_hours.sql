-- +goose Up

-- In which hours of a day there were runs: a bit for each from the day's first
-- moment on. 0 of rollups by the hour, and of days before they were kept, but
-- for those that the newest hours tell.
ALTER TABLE rollups ADD COLUMN hours INTEGER NOT NULL DEFAULT 0;
ALTER TABLE excused ADD COLUMN hours INTEGER NOT NULL DEFAULT 0;
UPDATE rollups AS d SET hours = (SELECT coalesce(sum(1 << ((h.start - d.start) / 3600)), 0) FROM rollups h
    WHERE h.series = d.series AND h.grain = 3600 AND h.start >= d.start AND h.start < d.start + 86400)
  WHERE d.grain = 86400 AND d.series IN (SELECT id FROM series) AND d.start >= unixepoch() - 40 * 86400;
