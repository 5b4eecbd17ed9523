-- How many bytes a user's messages take up, with what a row costs besides. The database counts them itself, so that no way of writing or
-- deleting messages can forget to.
CREATE TABLE message_room (
    app       TEXT   NOT NULL,
    user_name TEXT   NOT NULL,
    bytes     BIGINT NOT NULL,
    PRIMARY KEY (app, user_name)
) WITHOUT ROWID;

INSERT INTO message_room (app, user_name, bytes)
SELECT app, sender, SUM(length(CAST(body AS BLOB)) + length(CAST(ext AS BLOB)) + 256) FROM messages GROUP BY app, sender;

CREATE TRIGGER message_takes_room AFTER INSERT ON messages BEGIN
    INSERT INTO message_room (app, user_name, bytes)
    VALUES (NEW.app, NEW.sender, length(CAST(NEW.body AS BLOB)) + length(CAST(NEW.ext AS BLOB)) + 256)
    ON CONFLICT (app, user_name) DO UPDATE SET bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER message_gives_room AFTER DELETE ON messages BEGIN
    UPDATE message_room SET bytes = bytes - (length(CAST(OLD.body AS BLOB)) + length(CAST(OLD.ext AS BLOB)) + 256)
    WHERE app = OLD.app AND user_name = OLD.sender;
END;
