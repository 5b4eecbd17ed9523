-- What RTC tokens are signed with. The id is what token servers know the application by; of the certificates the former one
-- still opens doors, so that they can be changed while tokens are about.

CREATE TABLE apps (
    app                TEXT   NOT NULL PRIMARY KEY,
    token_app_id       TEXT   NOT NULL,
    certificate        TEXT   NOT NULL,
    former_certificate TEXT,
    changed_at_ms      BIGINT NOT NULL
);
