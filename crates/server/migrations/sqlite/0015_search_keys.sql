-- By what people and chat rooms are found: their names from each beginning of a word on, without case and accents. The program
-- writes them, for the names that are there as well: SQL cannot fold them.
CREATE TABLE user_keys (
    app       TEXT NOT NULL,
    user_name TEXT NOT NULL,
    key       TEXT NOT NULL,
    PRIMARY KEY (app, user_name, key),
    FOREIGN KEY (app, user_name) REFERENCES users (app, name) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX user_keys_by_key ON user_keys (app, key, user_name);

CREATE TABLE room_keys (
    app  TEXT NOT NULL,
    chat TEXT NOT NULL,
    key  TEXT NOT NULL,
    PRIMARY KEY (app, chat, key),
    FOREIGN KEY (app, chat) REFERENCES chats (app, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX room_keys_by_key ON room_keys (app, key, chat);
