-- Files in conversations. Their content is in the folder of attachments, under their id; here is what is known of them. One that no
-- message has is on its way, and is forgotten after a while.
CREATE TABLE attachments (
    id             TEXT    NOT NULL PRIMARY KEY,
    app            TEXT    NOT NULL,
    owner          TEXT    NOT NULL,
    name           TEXT    NOT NULL,
    media_type     TEXT    NOT NULL,
    bytes          BIGINT  NOT NULL,
    width          BIGINT,           -- of a picture
    height         BIGINT,
    thumbnail      BLOB,
    thumbnail_type TEXT,
    is_complete    BOOLEAN NOT NULL, -- all of its content is on the disk
    message        BIGINT,           -- the place of the message that has it
    created_at_ms  BIGINT  NOT NULL
);
CREATE INDEX attachments_by_message ON attachments (message) WHERE message IS NOT NULL;
CREATE INDEX attachments_on_their_way ON attachments (created_at_ms) WHERE message IS NULL;
CREATE INDEX attachments_by_owner ON attachments (app, owner);

-- How many bytes a user's attachments take up, as with messages.
CREATE TABLE attachment_room (
    app       TEXT   NOT NULL,
    user_name TEXT   NOT NULL,
    bytes     BIGINT NOT NULL,
    PRIMARY KEY (app, user_name)
) WITHOUT ROWID;

-- What is to be removed from the folder: the database says so in the same transaction, whichever way a row goes.
CREATE TABLE attachments_to_remove (
    id TEXT NOT NULL PRIMARY KEY
) WITHOUT ROWID;

CREATE TRIGGER attachment_takes_room AFTER INSERT ON attachments BEGIN
    INSERT INTO attachment_room (app, user_name, bytes) VALUES (NEW.app, NEW.owner, NEW.bytes)
    ON CONFLICT (app, user_name) DO UPDATE SET bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER attachment_gives_room AFTER DELETE ON attachments BEGIN
    UPDATE attachment_room SET bytes = bytes - OLD.bytes WHERE app = OLD.app AND user_name = OLD.owner;
    INSERT INTO attachments_to_remove (id) VALUES (OLD.id) ON CONFLICT (id) DO NOTHING;
END;

CREATE TRIGGER message_takes_its_attachment_along AFTER DELETE ON messages WHEN OLD.kind = 'file' BEGIN
    DELETE FROM attachments WHERE message = OLD.pos;
END;

CREATE TRIGGER message_gives_its_attachment_up AFTER UPDATE OF kind ON messages WHEN OLD.kind = 'file' AND NEW.kind <> 'file' BEGIN
    DELETE FROM attachments WHERE message = OLD.pos;
END;
