// The index of a layer (archive/layer_index.h) out of its tree: the twin of finish_layer(), which makes it of what is
// on disk. Runs in the jail (see archive/jail.h).
#pragma once

#include <unordered_map>

#include "oci/digest.h"
#include "store/archive/layer_index.h"
#include "store/erofs/layer_builder.h"

namespace minidock::store::erofs {

// SHA-256 of the files; empty ones are left out.
using InodeDigests = std::unordered_map<InodeId, oci::Digest>;

// All entries, and the end. Uses no recursion whatever the depth.
void write_index(const LayerBuilder& layer, const InodeDigests& digests, LayerIndexWriter& index);

}  // namespace minidock::store::erofs
