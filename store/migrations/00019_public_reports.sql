-- +goose Up

-- What visitors report on the page, and the private links by which they follow it.
ALTER TABLE reports ADD COLUMN link TEXT NOT NULL DEFAULT '';     -- a hash of the link's token; empty: there is none
ALTER TABLE reports ADD COLUMN source TEXT NOT NULL DEFAULT '';   -- page; empty: staff wrote it down
ALTER TABLE reports ADD COLUMN sender TEXT NOT NULL DEFAULT '';   -- a keyed hash of the network that it came from
ALTER TABLE reports ADD COLUMN language TEXT NOT NULL DEFAULT ''; -- of the reporter
ALTER TABLE reports ADD COLUMN began TEXT NOT NULL DEFAULT '';    -- in the reporter's words
ALTER TABLE reports ADD COLUMN added INTEGER NOT NULL DEFAULT 0;  -- how often the reporter added something
CREATE UNIQUE INDEX reports_link ON reports (link) WHERE link <> '';
ALTER TABLE answers ADD COLUMN reporter INTEGER NOT NULL DEFAULT 0; -- the reporter wrote it
