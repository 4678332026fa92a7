-- +goose Up

-- The place of an update in its trace, as a W3C traceparent, from which its
-- deliveries go on; empty: nobody traced.
ALTER TABLE updates ADD COLUMN trace TEXT NOT NULL DEFAULT '';
