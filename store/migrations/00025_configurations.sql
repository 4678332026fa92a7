-- +goose Up

-- Each configuration that the server has run with. Secrets that were written
-- out are hidden in it.
CREATE TABLE configurations (
  number INTEGER PRIMARY KEY,
  at     INTEGER NOT NULL, -- since when it ran
  author TEXT NOT NULL,    -- as the audit trail names them; '' where nobody is known
  origin TEXT NOT NULL,    -- file, console, command line
  why    TEXT NOT NULL,
  sha256 TEXT NOT NULL,    -- of the text as it was written, in hexadecimal
  size   INTEGER NOT NULL, -- of that text, in bytes
  hidden INTEGER NOT NULL, -- secrets that were written out
  text   TEXT              -- null where they could not be hidden
);
CREATE INDEX configurations_at ON configurations (at);
