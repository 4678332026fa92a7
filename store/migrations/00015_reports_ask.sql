-- +goose Up

-- Whether a report made enough to ask for an incident, and nobody was asked yet.
ALTER TABLE reports ADD COLUMN asks INTEGER NOT NULL DEFAULT 0;
