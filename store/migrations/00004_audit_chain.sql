-- +goose Up

-- Each entry's hash covers the entry and the hash before it. Entries from
-- before there was a chain have none.
ALTER TABLE audit ADD COLUMN hash TEXT NOT NULL DEFAULT '';
