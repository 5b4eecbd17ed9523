-- What users ask is found by an index that begins at the first row of the answer and passes no row that is not in it, however much
-- there is beside it. What the clock deletes is found in the same way.

-- The call log: a leg's user, and the caller, who has no leg in a call of two. Ids of calls are in the order of time.
DROP INDEX legs_by_user;
CREATE INDEX legs_by_user ON legs (user_name, call) WHERE is_blocked = 0;
DROP INDEX legs_unseen;
CREATE INDEX legs_unseen ON legs (user_name, call) WHERE is_missed = 1 AND is_seen = 0;
DROP INDEX calls_by_time;
CREATE INDEX calls_by_caller ON calls (app, caller, id);

-- Who asked a user, and who blocked them; with all that is asked of these rows, so that no other index looks as good.
DROP INDEX contacts_by_other;
CREATE INDEX contacts_by_other ON contacts (app, other, user_name);
DROP INDEX blocks_by_other;
CREATE INDEX blocks_by_other ON blocks (app, other, user_name);

-- Messages of one conversation that are read together: texts and commands, and apart from them, with their sender's name, those
-- that nobody else sees. A walk along one of these passes nothing that its reader may not see.
ALTER TABLE messages ADD COLUMN lane TEXT NOT NULL DEFAULT '';
UPDATE messages SET lane = CASE WHEN sender_only THEN kind || ':' || sender ELSE kind END;
DROP INDEX messages_by_chat;
CREATE INDEX messages_by_lane ON messages (app, chat, lane, pos);
-- What counts as unread, sender by sender: one's own do not, however many they are.
CREATE INDEX messages_to_count ON messages (app, chat, sender, pos) WHERE lane = 'text' AND call IS NULL;
CREATE INDEX messages_by_sender ON messages (app, sender);

-- A user may be in any number of conversations of two, and in a few groups. So the former have their places here: of the latest text,
-- and of the latest message that this user can see. NULL: it is a group, which has its place in chats.
ALTER TABLE chat_members ADD COLUMN text_pos BIGINT;
ALTER TABLE chat_members ADD COLUMN last_pos BIGINT;
UPDATE chat_members SET
    text_pos = (SELECT c.sort_pos FROM chats c WHERE c.app = chat_members.app AND c.id = chat_members.chat),
    last_pos = (SELECT COALESCE(MAX(m.pos), 0) FROM messages m WHERE m.app = chat_members.app AND m.chat = chat_members.chat
        AND m.lane IN ('text', 'command', 'text:' || chat_members.user_name, 'command:' || chat_members.user_name))
    WHERE (app, chat) IN (SELECT app, id FROM chats WHERE kind = 'pair');
DROP INDEX chat_members_by_user;
CREATE INDEX chat_members_by_text ON chat_members (app, user_name, text_pos DESC, chat);
CREATE INDEX chat_members_by_message ON chat_members (app, user_name, last_pos);

-- Groups that their last member has left, to be deleted.
ALTER TABLE chats ADD COLUMN is_left BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE chats SET is_left = TRUE WHERE kind <> 'pair'
    AND NOT EXISTS (SELECT 1 FROM chat_members m WHERE m.app = chats.app AND m.chat = chats.id);
CREATE INDEX chats_left ON chats (app, id) WHERE is_left;
CREATE TRIGGER chats_are_left AFTER DELETE ON chat_members
WHEN NOT EXISTS (SELECT 1 FROM chat_members m WHERE m.app = OLD.app AND m.chat = OLD.chat) BEGIN
    UPDATE chats SET is_left = TRUE WHERE app = OLD.app AND id = OLD.chat AND kind <> 'pair';
END;

-- Of a user's devices mostly those are asked for that are signed in; and of all devices, those that nobody uses any more.
CREATE INDEX devices_signed_in ON devices (app, user_name) WHERE token_hash IS NOT NULL;
CREATE INDEX devices_by_refresh_end ON devices (refresh_until_ms) WHERE token_hash IS NOT NULL;
CREATE INDEX sessions_by_absence ON sessions (unlinked_at_ms);

CREATE INDEX audit_by_user ON audit (user_name);
