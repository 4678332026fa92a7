-- +goose Up

-- A strike takes degraded runs as well as failed ones. One of before took those
-- that failed alone, and goes on so; was is what a result was before it was
-- struck out, NULL where it failed.
ALTER TABLE strikes ADD COLUMN degraded INTEGER NOT NULL DEFAULT 0;
ALTER TABLE results ADD COLUMN was INTEGER;
