-- +goose Up

-- The mail to visitors about their reports in the last day, which bounds how
-- much of it goes to one address.
CREATE TABLE report_mails (
  hash TEXT NOT NULL, -- keyed, of the address
  at   INTEGER NOT NULL
);
CREATE INDEX report_mails_at ON report_mails (at);
CREATE INDEX report_mails_hash ON report_mails (hash, at);
