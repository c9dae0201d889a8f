-- What makes format 3 of ROOT/minidock.db of format 2: as what registries have layers. A row says that such bytes, which
-- have been here, are that layer's tar, compressed or not; they need not be here any more. With '' for the repository they
-- are here: layers/<layer>/compressed.
CREATE TABLE layer_forms (
  layer      TEXT NOT NULL REFERENCES layers(diff_id) ON DELETE CASCADE,
  repository TEXT NOT NULL,     -- canonical: docker.io/library/ubuntu; or '', this store
  digest     TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size       INTEGER NOT NULL,
  PRIMARY KEY (layer, repository, digest)
) STRICT, WITHOUT ROWID;
