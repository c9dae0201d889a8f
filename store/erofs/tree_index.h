// The index of a layer (archive/layer_index.h) out of its tree: the twin of finish_layer(), which makes it of what is
// on disk. Runs in the jail (see archive/jail.h).
#pragma once

#include "oci/digest.h"
#include "store/archive/layer_index.h"
#include "store/erofs/layer_builder.h"

namespace minidock::store::erofs {

// SHA-256 of the files; empty ones are left out. Little more than the digests themselves, for there may be a million.
class InodeDigests {
 public:
  void add(InodeId inode, const oci::Digest& digest);  // in the order of their numbers
  const oci::Digest& of(InodeId inode) const;          // of one that was added

 private:
  Chunked<InodeId> inodes_;
  Chunked<oci::Digest> digests_;
};

// All entries, and the end. Uses no recursion whatever the depth.
void write_index(const LayerBuilder& layer, const InodeDigests& digests, LayerIndexWriter& index);

}  // namespace minidock::store::erofs
