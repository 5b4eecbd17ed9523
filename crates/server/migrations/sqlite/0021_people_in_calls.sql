-- What is known of a user while they are in a call, beside what they publish, and who took them out of it.

ALTER TABLE legs ADD COLUMN hand BIGINT; -- the version of the call since which their hand is up
ALTER TABLE legs ADD COLUMN muted_by TEXT; -- the moderator who muted them last; this and the version with it, or NULL
ALTER TABLE legs ADD COLUMN muted_version BIGINT;
ALTER TABLE legs ADD COLUMN link_lost BOOLEAN NOT NULL DEFAULT 0; -- the others have been told that their link is lost
ALTER TABLE legs ADD COLUMN media_lost BOOLEAN NOT NULL DEFAULT 0; -- and that the path of their media is
ALTER TABLE legs ADD COLUMN removed_by TEXT; -- the moderator who took them out
