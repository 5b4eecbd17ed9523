-- Streams and answers are written with every request: one tree each for the rows, and an index only where something is found by it.
-- Requests are named by the time, so new answers stand side by side, whosever they are, and share their page of the disk.
CREATE TABLE lean_outbox (
    device TEXT   NOT NULL REFERENCES sessions (device),
    seq    BIGINT NOT NULL,
    body   TEXT   NOT NULL,
    at_ms  BIGINT NOT NULL,
    PRIMARY KEY (device, seq)
) WITHOUT ROWID;
INSERT INTO lean_outbox (device, seq, body, at_ms) SELECT device, seq, body, at_ms FROM outbox;
DROP TABLE outbox;
ALTER TABLE lean_outbox RENAME TO outbox;

CREATE TABLE lean_answers (
    device TEXT   NOT NULL,
    op_id  TEXT   NOT NULL,
    body   TEXT   NOT NULL,
    at_ms  BIGINT NOT NULL,
    PRIMARY KEY (op_id, device)
) WITHOUT ROWID;
INSERT INTO lean_answers (device, op_id, body, at_ms) SELECT device, op_id, body, at_ms FROM answers;
DROP TABLE answers;
ALTER TABLE lean_answers RENAME TO answers;
CREATE INDEX answers_by_age ON answers (at_ms);
