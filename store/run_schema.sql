-- RUN/minidock.db: what a reboot discards. Units as in schema.sql.

-- Every name in use, of both kinds of container: the one place where a name is reserved. A row counts only
-- while its container's row has this name or a live lease names the container; else it may be taken over.
CREATE TABLE names (
  name      TEXT PRIMARY KEY,
  container TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Containers of `run --rm`.
CREATE TABLE containers (
  id              TEXT PRIMARY KEY,
  name            TEXT NOT NULL,
  image           TEXT NOT NULL,
  image_reference TEXT NOT NULL,
  created         INTEGER NOT NULL,
  config          TEXT NOT NULL
) STRICT, WITHOUT ROWID;
