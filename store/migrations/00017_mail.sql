-- +goose Up

-- What an email is called where it comes back to, if its id does not fit there.
ALTER TABLE deliveries ADD COLUMN bounce TEXT;
CREATE UNIQUE INDEX deliveries_bounce ON deliveries (bounce) WHERE bounce IS NOT NULL;

-- The number of today of somebody of staff that a text message or a call in
-- doubt went to: the provider is asked about that one, whatever the
-- configuration says meanwhile. It goes when the doubt does.
ALTER TABLE deliveries ADD COLUMN called TEXT;
