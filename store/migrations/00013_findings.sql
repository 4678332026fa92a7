-- +goose Up

-- What an update that Daymark wrote says, before it is put into words: JSON.
ALTER TABLE updates ADD COLUMN findings TEXT NOT NULL DEFAULT '[]';
