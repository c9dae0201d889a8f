-- What makes format 2 of ROOT/minidock.db of format 1: the digests by which registries have images.
CREATE TABLE repository_digests (
  repository TEXT NOT NULL,     -- canonical: docker.io/library/ubuntu
  digest     TEXT NOT NULL,     -- of the manifest or index there
  image      TEXT NOT NULL REFERENCES images(id) ON DELETE CASCADE,
  PRIMARY KEY (repository, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX repository_digests_by_image ON repository_digests(image);
