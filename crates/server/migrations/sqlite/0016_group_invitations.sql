-- Who is asked into a group by somebody whose contact they are not: they are in it once they agree.
CREATE TABLE group_invitations (
    app        TEXT    NOT NULL,
    chat       TEXT    NOT NULL,
    user_name  TEXT    NOT NULL,
    invited_by TEXT    NOT NULL,
    rank       BIGINT  NOT NULL, -- what they will be, as in chat_members
    as_member  BOOLEAN NOT NULL, -- the others see a member: a contact who has blocked the inviter, who is not told
    at_ms      BIGINT  NOT NULL,
    PRIMARY KEY (app, chat, user_name),
    FOREIGN KEY (app, chat) REFERENCES chats (app, id) ON DELETE CASCADE,
    FOREIGN KEY (app, user_name) REFERENCES users (app, name) ON DELETE CASCADE,
    FOREIGN KEY (app, invited_by) REFERENCES users (app, name) ON DELETE CASCADE
);
CREATE INDEX group_invitations_by_user ON group_invitations (app, user_name, invited_by);
CREATE INDEX group_invitations_by_inviter ON group_invitations (app, invited_by);
