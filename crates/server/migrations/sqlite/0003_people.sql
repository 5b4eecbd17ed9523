-- People, their devices and sign-ins, and what lies between two of them.

ALTER TABLE users ADD COLUMN avatar TEXT;
ALTER TABLE users ADD COLUMN do_not_disturb BOOLEAN NOT NULL DEFAULT FALSE;

-- Tokens expire from now on, and nobody could renew the ones from before: those devices sign in again.
UPDATE devices SET token_hash = NULL;
ALTER TABLE devices ADD COLUMN sign_in BIGINT NOT NULL DEFAULT 0; -- counts this device's sign-ins
ALTER TABLE devices ADD COLUMN token_until_ms BIGINT NOT NULL DEFAULT 0;
-- All refresh tokens of a sign-in begin alike, so that one that was used up still says whose it is. The previous one is good
-- until one of those that it was changed for has been used: only then has their answer surely arrived.
ALTER TABLE devices ADD COLUMN refresh_family TEXT;
ALTER TABLE devices ADD COLUMN refresh_hash TEXT;
ALTER TABLE devices ADD COLUMN previous_refresh_hash TEXT;
ALTER TABLE devices ADD COLUMN refresh_until_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN public_key TEXT;
ALTER TABLE devices ADD COLUMN key_changed_at_ms BIGINT; -- NULL: it has the key that it had first
ALTER TABLE devices ADD COLUMN ring_here BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE devices ADD COLUMN seen_at_ms BIGINT NOT NULL DEFAULT 0; -- when its last link ended
CREATE UNIQUE INDEX devices_by_refresh_family ON devices (refresh_family);

-- Whoever asks has a row; two users with a row for each other are contacts.
CREATE TABLE contacts (
    app       TEXT   NOT NULL,
    user_name TEXT   NOT NULL,
    other     TEXT   NOT NULL,
    at_ms     BIGINT NOT NULL,
    PRIMARY KEY (app, user_name, other),
    FOREIGN KEY (app, user_name) REFERENCES users (app, name),
    FOREIGN KEY (app, other) REFERENCES users (app, name)
);
CREATE INDEX contacts_by_other ON contacts (app, other);

-- Of whom a user wants nothing.
CREATE TABLE blocks (
    app       TEXT   NOT NULL,
    user_name TEXT   NOT NULL,
    other     TEXT   NOT NULL,
    at_ms     BIGINT NOT NULL,
    PRIMARY KEY (app, user_name, other),
    FOREIGN KEY (app, user_name) REFERENCES users (app, name),
    FOREIGN KEY (app, other) REFERENCES users (app, name)
);
CREATE INDEX blocks_by_other ON blocks (app, other);

-- Pictures by their content, as this server encoded them. Whoever shows one counts as a use; without any it goes.
CREATE TABLE avatars (
    app          TEXT   NOT NULL,
    id           TEXT   NOT NULL, -- SHA-256 of the body, hexadecimal
    content_type TEXT   NOT NULL,
    body         BLOB   NOT NULL,
    uses         BIGINT NOT NULL,
    PRIMARY KEY (app, id)
);
