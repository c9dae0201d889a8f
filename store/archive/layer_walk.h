// The last pass over an unpacked layer: gives directories their times and default ACLs, now that nothing more is
// made in them, and writes the layer's index from what is really there. Runs in the jail (see jail.h).
#pragma once

#include <sys/types.h>

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "oci/digest.h"
#include "store/archive/layer_index.h"
#include "store/archive/layer_tree.h"

namespace minidock::store {

// SHA-256 of the files that were written, by inode: a hard link shares it, an overwritten file's is replaced. Empty
// files are left out.
using FileDigests = std::unordered_map<ino_t, oci::Digest>;

using OpaqueDirectories = std::unordered_set<ino_t>;

// `root` is borrowed. Nobody else may change the tree meanwhile. Uses one descriptor and no recursion whatever
// the depth. Throws exhausted for a place deeper than `path_bytes`, which links can make of short names. Returns the
// paths of directories with marks of removed names in them, "." for the root.
std::vector<std::string> finish_layer(int root, const LateDirectories& late, const FileDigests& digests,
                                      const OpaqueDirectories& opaque, uint64_t path_bytes, LayerIndexWriter& index);

}  // namespace minidock::store
