-- +goose Up

-- Files that go with messages, by the key that a notice names. They are kept for
-- a month.
CREATE TABLE attachments (
  key        TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  media_type TEXT NOT NULL,
  data       BLOB NOT NULL,
  made       INTEGER NOT NULL -- ms
);
