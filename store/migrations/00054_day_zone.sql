-- +goose Up

-- The time zone by which the days in rollups and excused were cut; none: that
-- of the first who opens the database.
CREATE TABLE day_zone (
  id   INTEGER PRIMARY KEY CHECK (id = 1),
  zone TEXT NOT NULL
);
