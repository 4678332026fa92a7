-- +goose Up

-- When an incident's components lately went from working to failing, or back.
ALTER TABLE incidents ADD COLUMN turns TEXT NOT NULL DEFAULT '[]'; -- JSON array of ms
