-- Times are milliseconds since the Unix epoch by the server's clock; ids are text; secrets are stored hashed only.

CREATE TABLE users (
    app           TEXT   NOT NULL,
    name          TEXT   NOT NULL,
    display_name  TEXT   NOT NULL,
    search_name   TEXT   NOT NULL, -- the display name in lower case: LIKE differs between engines
    password_hash TEXT   NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (app, name)
);

CREATE TABLE devices (
    id            TEXT   NOT NULL PRIMARY KEY,
    app           TEXT   NOT NULL,
    user_name     TEXT   NOT NULL,
    name          TEXT   NOT NULL,
    token_hash    TEXT   UNIQUE, -- NULL: signed out
    created_at_ms BIGINT NOT NULL,
    FOREIGN KEY (app, user_name) REFERENCES users (app, name)
);
CREATE INDEX devices_of_user ON devices (app, user_name);

CREATE TABLE invites (
    code_hash     TEXT   NOT NULL PRIMARY KEY,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    used_at_ms    BIGINT
);

-- One stream of signals per device. It is made at the device's first link and named anew whenever the device has to start over.
CREATE TABLE sessions (
    device         TEXT   NOT NULL PRIMARY KEY REFERENCES devices (id),
    id             TEXT   NOT NULL,
    last_seq       BIGINT NOT NULL,
    link           BIGINT NOT NULL, -- counts this device's links, so that a late farewell of an old one changes nothing
    unlinked_at_ms BIGINT           -- NULL: has a link
);

-- What a device has not acknowledged: a ring buffer, so a gap in it means that the device must start over.
CREATE TABLE outbox (
    device TEXT   NOT NULL REFERENCES sessions (device),
    seq    BIGINT NOT NULL,
    body   TEXT   NOT NULL,
    at_ms  BIGINT NOT NULL,
    PRIMARY KEY (device, seq)
);
CREATE INDEX outbox_by_age ON outbox (at_ms);

-- Answers that were given, so that a repeated request has the effect of one.
CREATE TABLE answers (
    device TEXT   NOT NULL,
    op_id  TEXT   NOT NULL,
    body   TEXT   NOT NULL,
    at_ms  BIGINT NOT NULL,
    PRIMARY KEY (device, op_id)
);
CREATE INDEX answers_by_age ON answers (at_ms);

CREATE TABLE calls (
    id             TEXT   NOT NULL PRIMARY KEY,
    app            TEXT   NOT NULL,
    channel        TEXT   NOT NULL,
    call_type      BIGINT NOT NULL,
    message        TEXT   NOT NULL,
    caller         TEXT   NOT NULL,
    caller_device  TEXT   NOT NULL,
    state          TEXT   NOT NULL, -- ringing, active, ended
    end_reason     TEXT,
    ended_by       TEXT,
    created_at_ms  BIGINT NOT NULL,
    ring_until_ms  BIGINT NOT NULL,
    answered_at_ms BIGINT,
    ended_at_ms    BIGINT,
    held           TEXT   NOT NULL, -- JSON: the caller's media signals from before the answer
    version        BIGINT NOT NULL
);
CREATE INDEX calls_by_time ON calls (app, created_at_ms);
CREATE INDEX calls_by_deadline ON calls (state, ring_until_ms);

CREATE TABLE legs (
    call      TEXT NOT NULL REFERENCES calls (id),
    user_name TEXT NOT NULL,
    state     TEXT NOT NULL, -- ringing, accepted, declined, busy, missed, left
    device    TEXT,
    ringing   TEXT NOT NULL, -- JSON: the devices that ring
    PRIMARY KEY (call, user_name)
);
CREATE INDEX legs_by_user ON legs (user_name);

-- Who is taken by which live call: the keys refuse a second one, whoever races.
CREATE TABLE live_users (
    app       TEXT NOT NULL,
    user_name TEXT NOT NULL,
    call      TEXT NOT NULL REFERENCES calls (id),
    PRIMARY KEY (app, user_name)
);
CREATE INDEX live_users_by_call ON live_users (call);

-- A live channel belongs to one call.
CREATE TABLE live_channels (
    app     TEXT NOT NULL,
    channel TEXT NOT NULL,
    call    TEXT NOT NULL UNIQUE REFERENCES calls (id),
    PRIMARY KEY (app, channel)
);
