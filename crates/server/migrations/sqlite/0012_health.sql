-- What /readyz writes to see that the database still takes writes. One row.
CREATE TABLE health (
    checked_at_ms BIGINT NOT NULL
);
INSERT INTO health (checked_at_ms) VALUES (0);
