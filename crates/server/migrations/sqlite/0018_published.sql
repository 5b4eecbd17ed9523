-- What the device of a leg publishes while it is in the call: JSON; NULL: nothing. Kept, so that a snapshot has it after a restart.

ALTER TABLE legs ADD COLUMN published TEXT;
