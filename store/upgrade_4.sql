-- What makes format 4 of ROOT/minidock.db of format 3: networks. What is on the host (bridges, rules) follows from the row.
CREATE TABLE networks (
  id      TEXT PRIMARY KEY,     -- 64 hex digits
  name    TEXT NOT NULL UNIQUE,
  created INTEGER NOT NULL,
  config  TEXT NOT NULL         -- engine's JSON
) STRICT;
