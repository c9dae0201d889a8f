-- ROOT/minidock.db: what survives a reboot, in its first format. A change of the schema raises kRootVersion in state.cc,
-- and is a file upgrade_N.sql: what makes format N of the one before. A new store is made by all of them in their order.
-- Digests are the 64 hex digits of a SHA-256; times are nanoseconds since 1970 UTC; sizes are bytes.

-- One row a tar: blobs/sha256/<diff_id>, and layers/<diff_id> made from it.
CREATE TABLE layers (
  diff_id      TEXT PRIMARY KEY,
  blob_size    INTEGER NOT NULL,
  content_size INTEGER NOT NULL,
  entries      INTEGER NOT NULL
) STRICT;

CREATE TABLE images (
  id     TEXT PRIMARY KEY,      -- SHA-256 of the bytes of config
  config TEXT NOT NULL,
  stored INTEGER NOT NULL
) STRICT;

CREATE TABLE image_layers (
  image    TEXT NOT NULL REFERENCES images(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,    -- 0 is the bottom
  layer    TEXT NOT NULL REFERENCES layers(diff_id),
  PRIMARY KEY (image, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_layers_by_layer ON image_layers(layer);

CREATE TABLE tags (
  reference TEXT PRIMARY KEY,   -- canonical: docker.io/library/ubuntu:latest
  image     TEXT NOT NULL REFERENCES images(id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX tags_by_image ON tags(image);

CREATE TABLE containers (
  id              TEXT PRIMARY KEY,
  name            TEXT NOT NULL UNIQUE,
  image           TEXT NOT NULL REFERENCES images(id),  -- a container keeps its image
  image_reference TEXT NOT NULL,
  created         INTEGER NOT NULL,
  config          TEXT NOT NULL
) STRICT;
CREATE INDEX containers_by_image ON containers(image);

CREATE TABLE volumes (
  name      TEXT PRIMARY KEY,
  anonymous INTEGER NOT NULL,
  created   INTEGER NOT NULL,
  labels    TEXT NOT NULL,
  owner     TEXT NOT NULL DEFAULT ''  -- the container it goes away with, '' if it stays: see create_anonymous_volume()
) STRICT;
CREATE INDEX volumes_by_owner ON volumes(owner) WHERE owner != '';
