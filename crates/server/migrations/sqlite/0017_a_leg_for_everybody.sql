-- Everybody in a call has a leg: the caller of a call of two gets one, the first, and what was known of the caller moves there. A leg
-- names its device as it was when it came in. Which devices ring is a table, of calls that ring only.

ALTER TABLE calls ADD COLUMN path TEXT; -- which way media go: peer_to_peer; NULL: there are none
UPDATE calls SET path = 'peer_to_peer' WHERE call_type IN (0, 1);

ALTER TABLE legs ADD COLUMN device_name TEXT; -- these two with the device, NULL without
ALTER TABLE legs ADD COLUMN device_key TEXT;
UPDATE legs SET device_name = d.name, device_key = d.public_key FROM devices d
    WHERE d.id = legs.device AND legs.state = 'accepted';

-- A call of two was over for both by its own row.
UPDATE legs SET nr = 1, end_reason = c.end_reason,
    talked_ms = CASE WHEN legs.has_answered THEN MAX(0, COALESCE(c.ended_at_ms - c.answered_at_ms, 0)) ELSE 0 END,
    joined_at_ms = CASE WHEN legs.state = 'accepted' THEN c.answered_at_ms END
    FROM calls c WHERE c.id = legs.call AND c.call_type IN (0, 1);
INSERT INTO legs (call, user_name, state, device, device_name, device_key, ringing, nr, ring_until_ms, joined_at_ms, talked_ms,
        end_reason, pass)
    SELECT c.id, c.caller, CASE c.state WHEN 'ended' THEN 'left' ELSE 'accepted' END, c.caller_device, d.name, c.caller_key,
        '[]', 0, c.ring_until_ms,
        CASE c.state WHEN 'ringing' THEN c.created_at_ms WHEN 'active' THEN c.answered_at_ms END,
        MAX(0, COALESCE(c.ended_at_ms - c.answered_at_ms, 0)), c.end_reason, c.caller_pass
    FROM calls c LEFT JOIN devices d ON d.id = c.caller_device WHERE c.call_type IN (0, 1)
    ON CONFLICT DO NOTHING;

-- The devices of a user that said that they ring.
CREATE TABLE ringing_devices (
    call      TEXT NOT NULL,
    user_name TEXT NOT NULL,
    device    TEXT NOT NULL,
    PRIMARY KEY (call, user_name, device),
    FOREIGN KEY (call, user_name) REFERENCES legs (call, user_name)
) WITHOUT ROWID;
INSERT INTO ringing_devices (call, user_name, device)
    SELECT DISTINCT g.call, g.user_name, r.value FROM live_channels l JOIN legs g ON g.call = l.call, json_each(g.ringing) r
    WHERE g.state = 'ringing';

ALTER TABLE legs DROP COLUMN ringing;
ALTER TABLE calls DROP COLUMN caller_device;
ALTER TABLE calls DROP COLUMN caller_key;
ALTER TABLE calls DROP COLUMN caller_pass;
-- What somebody called is found by their leg.
DROP INDEX calls_by_caller;
