-- +goose Up

-- The segments of text messages that a day of the page has taken.
CREATE TABLE sms_days (
  day      TEXT PRIMARY KEY, -- 2026-12-01
  segments INTEGER NOT NULL
);

-- The latest message to ourselves on each channel, and whether it arrived.
CREATE TABLE canaries (
  channel TEXT PRIMARY KEY,
  flight  TEXT NOT NULL,    -- the delivery
  sent    INTEGER NOT NULL,
  arrived INTEGER,
  silent  INTEGER           -- since when none arrives; null: they do
);

-- Times in which machines began more messages than storm.per_minute, and the
-- deliveries that were held back in them.
CREATE TABLE storms (
  id    INTEGER PRIMARY KEY,
  began INTEGER NOT NULL,
  until INTEGER NOT NULL, -- then they go out by themselves
  ended INTEGER,
  how   TEXT NOT NULL,    -- released, dropped, by itself; '' while it lasts
  by    TEXT NOT NULL
);
CREATE TABLE held (
  delivery TEXT PRIMARY KEY REFERENCES deliveries (id) ON DELETE CASCADE,
  storm    INTEGER NOT NULL REFERENCES storms (id)
);
CREATE INDEX held_storm ON held (storm);
CREATE INDEX updates_at ON updates (at);
