-- +goose Up

-- Places of a rota that one person gives another for a time, as JSON.
CREATE TABLE swaps (
  id    TEXT NOT NULL PRIMARY KEY,
  ends  INTEGER NOT NULL,
  swap  TEXT NOT NULL
);
CREATE INDEX swaps_ends ON swaps (ends);
