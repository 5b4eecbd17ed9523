-- An account that its operator has closed: nobody signs in to it.
ALTER TABLE users ADD COLUMN disabled_at_ms BIGINT;

-- Names of accounts that were deleted. Nobody gets them again: old calls are kept by name, and people would take one for another.
CREATE TABLE retired_names (
    app           TEXT   NOT NULL,
    name          TEXT   NOT NULL,
    retired_at_ms BIGINT NOT NULL,
    PRIMARY KEY (app, name)
);

-- Who signed in, failed to, changed devices or accounts, and when. Written once, never changed; old entries are deleted.
CREATE TABLE audit (
    id        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at_ms     BIGINT  NOT NULL,
    act       TEXT    NOT NULL,
    outcome   TEXT    NOT NULL, -- done, or why not
    user_name TEXT,             -- whose account it is about
    device    TEXT,
    address   TEXT              -- where it came from; NULL: from this machine's operator
);
CREATE INDEX audit_by_time ON audit (at_ms);

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit log is never changed');
END;
