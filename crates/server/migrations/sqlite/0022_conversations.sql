-- A text may answer another one, and its author may change it or take it back for a while. Of what is deleted the row stays, without
-- its words. What happened to a group stands between its texts.
ALTER TABLE messages ADD COLUMN reply_to BIGINT;     -- the place of the text that it answers
ALTER TABLE messages ADD COLUMN edited_at_ms BIGINT; -- when its author changed it last
-- kind: text, command, and from now on event (body: JSON) and deleted (body: empty). Both stand in the lane note, which is read with the
-- texts, and not counted as unread.
CREATE TRIGGER message_changes_room AFTER UPDATE OF body, ext ON messages BEGIN
    UPDATE message_room SET bytes = bytes + length(CAST(NEW.body AS BLOB)) + length(CAST(NEW.ext AS BLOB))
        - length(CAST(OLD.body AS BLOB)) - length(CAST(OLD.ext AS BLOB))
    WHERE app = NEW.app AND user_name = NEW.sender;
END;

-- How far the messages of this member have come in a conversation of two, as they were told: a block leaves it as it was.
ALTER TABLE chat_members ADD COLUMN delivered_up_to BIGINT NOT NULL DEFAULT 0;
ALTER TABLE chat_members ADD COLUMN seen_up_to BIGINT NOT NULL DEFAULT 0;
-- No notifications, on any device of the member.
ALTER TABLE chat_members ADD COLUMN is_muted BOOLEAN NOT NULL DEFAULT FALSE;

-- Up to which place any device of a user has all messages; and whether others do not learn what the user has read.
ALTER TABLE users ADD COLUMN delivered_up_to BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN hides_reading BOOLEAN NOT NULL DEFAULT FALSE;
