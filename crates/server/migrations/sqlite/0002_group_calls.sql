-- Group calls: everybody in one has a leg, the caller too, each with its own ring time and its own end. Tokens: as whom a device is in
-- a channel, and until when. Missed calls that wait to be seen.

ALTER TABLE calls ADD COLUMN chat_type TEXT NOT NULL DEFAULT 'singleChat';
ALTER TABLE calls ADD COLUMN group_id TEXT;
ALTER TABLE calls ADD COLUMN group_name TEXT;
ALTER TABLE calls ADD COLUMN caller_key TEXT;
-- In a call of two, the caller's pass. JSON: [uid, until_ms, told, out_at_ms]; told: 0 nothing, 1 that it will expire, 2 that it has.
ALTER TABLE calls ADD COLUMN caller_pass TEXT;
-- The next thing that the clock decides; NULL: nothing.
ALTER TABLE calls ADD COLUMN due_at_ms BIGINT;
UPDATE calls SET due_at_ms = ring_until_ms WHERE state = 'ringing';
DROP INDEX calls_by_deadline;
CREATE INDEX calls_by_deadline ON calls (due_at_ms) WHERE due_at_ms IS NOT NULL;

-- States are now ringing, accepted, declined, busy, missed, left, removed.
ALTER TABLE legs ADD COLUMN nr BIGINT NOT NULL DEFAULT 0; -- in the order of being asked
ALTER TABLE legs ADD COLUMN invited_by TEXT;              -- NULL: by the caller
ALTER TABLE legs ADD COLUMN round BIGINT NOT NULL DEFAULT 0;
ALTER TABLE legs ADD COLUMN ring_until_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE legs ADD COLUMN joined_at_ms BIGINT;
ALTER TABLE legs ADD COLUMN talked_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE legs ADD COLUMN has_answered BIGINT NOT NULL DEFAULT 0;
ALTER TABLE legs ADD COLUMN end_reason TEXT;
ALTER TABLE legs ADD COLUMN is_blocked BIGINT NOT NULL DEFAULT 0;
ALTER TABLE legs ADD COLUMN pass TEXT;                    -- JSON, as above
ALTER TABLE legs ADD COLUMN is_missed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE legs ADD COLUMN is_seen BIGINT NOT NULL DEFAULT 0;
UPDATE legs SET ring_until_ms = (SELECT c.ring_until_ms FROM calls c WHERE c.id = legs.call);
UPDATE legs SET joined_at_ms = (SELECT c.answered_at_ms FROM calls c WHERE c.id = legs.call) WHERE state = 'accepted';
UPDATE legs SET has_answered = 1 WHERE state IN ('accepted', 'left');
-- Nobody had to see a missed call before, so none of the old ones waits.
UPDATE legs SET is_missed = 1, is_seen = 1 WHERE state IN ('missed', 'busy');
CREATE INDEX legs_unseen ON legs (user_name) WHERE is_missed = 1 AND is_seen = 0;
