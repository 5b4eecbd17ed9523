-- Conversations, groups and chat rooms among them, and their messages.

-- A conversation of two has both names as its id, a colon between them; a group or a chat room has the id that clients know.
CREATE TABLE chats (
    app           TEXT   NOT NULL,
    id            TEXT   NOT NULL,
    kind          TEXT   NOT NULL, -- pair, group, room
    name          TEXT   NOT NULL, -- empty for a pair
    search_name   TEXT   NOT NULL, -- in lower case
    avatar        TEXT,
    sort_pos      BIGINT NOT NULL, -- the place of the latest text; before there is one, the latest place of all when it was made
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (app, id)
);
CREATE INDEX chats_by_name ON chats (app, kind, search_name);

CREATE TABLE chat_members (
    app        TEXT   NOT NULL,
    chat       TEXT   NOT NULL,
    user_name  TEXT   NOT NULL,
    rank       BIGINT NOT NULL, -- 0 member, 1 admin, 2 owner
    since_ms   BIGINT NOT NULL,
    read_up_to BIGINT NOT NULL,
    PRIMARY KEY (app, chat, user_name),
    FOREIGN KEY (app, chat) REFERENCES chats (app, id),
    FOREIGN KEY (app, user_name) REFERENCES users (app, name)
);
CREATE INDEX chat_members_by_user ON chat_members (app, user_name);

-- The last place that was given away. Its one row is locked until the message commits, so places grow in the order of commits.
CREATE TABLE message_places (
    last BIGINT NOT NULL
);
INSERT INTO message_places (last) VALUES (0);

CREATE TABLE messages (
    pos         INTEGER NOT NULL PRIMARY KEY,
    id          TEXT    NOT NULL,
    app         TEXT    NOT NULL,
    chat        TEXT    NOT NULL,
    sender      TEXT    NOT NULL,
    sender_only BOOLEAN NOT NULL, -- nobody else sees it, and nobody is told so: a call to somebody who has blocked its caller
    kind        TEXT    NOT NULL, -- text, command
    body        TEXT    NOT NULL, -- the text, or the action
    ext         TEXT    NOT NULL, -- JSON
    call        TEXT,             -- what it invites to
    at_ms       BIGINT  NOT NULL,
    FOREIGN KEY (app, chat) REFERENCES chats (app, id),
    FOREIGN KEY (app, sender) REFERENCES users (app, name)
);
-- With everything that counting unread texts needs.
CREATE INDEX messages_by_chat ON messages (app, chat, kind, pos, sender, sender_only);
