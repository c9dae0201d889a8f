// Which chunks a file has: one for a file that lies in the tar in one piece, many for a sparse one.
//
// A chunk is a hole, or blocks of the tar, or a copy: what lies neither in a hole nor in whole blocks of one piece. The
// chunk size is chosen so that the list of chunks and what is copied are together as small as may be.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "store/erofs/tree.h"

namespace minidock::store::erofs {

struct Chunk {
  enum class Kind : uint8_t { hole, tar, copy };
  Kind kind = Kind::hole;
  uint64_t block = 0;  // of the tar
  bool operator==(const Chunk&) const = default;
};

struct ChunkPlan {
  unsigned bits = 0;  // a chunk has 1 << bits blocks
  std::vector<Chunk> chunks;
  uint64_t copies() const;  // how many are copies
  uint64_t chunk_bytes() const;
};

// `extents` ascend, do not overlap and lie within `size`; two that adjoin in file and tar are one. An empty file has no
// chunks.
ChunkPlan plan_chunks(uint64_t size, std::span<const Extent> extents);

}  // namespace minidock::store::erofs
