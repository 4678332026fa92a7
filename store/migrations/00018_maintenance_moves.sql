-- +goose Up

-- How the end of a maintenance was moved: JSON array, oldest first.
ALTER TABLE maintenances ADD COLUMN moves TEXT NOT NULL DEFAULT '[]';
