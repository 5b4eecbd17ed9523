-- The media of group calls go through the server from now on: path is peer_to_peer, or sfu/NODE/EPOCH.
UPDATE calls SET path = 'sfu/0/0' WHERE path IS NULL;
