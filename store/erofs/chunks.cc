#include "store/erofs/chunks.h"

#include <algorithm>

#include "store/erofs/format.h"

namespace minidock::store::erofs {

namespace {

constexpr unsigned kMaxSparseBits = 11;            // 1 MiB: what one stray byte may make us copy
constexpr uint64_t kMaxSparseChunks = 1ULL << 20;  // 8 MiB of indexes

uint64_t count_of(uint64_t size, unsigned bits) {
  const uint64_t chunk = kBlock << bits;
  return (size + chunk - 1) / chunk;
}

// Calls `visit` with each chunk that has data: its number, the first extent in it, and whether that is all of it.
template <typename Visit>
void each_filled(uint64_t size, std::span<const Extent> extents, unsigned bits, Visit visit) {
  const uint64_t chunk = kBlock << bits;
  uint64_t next = 0;  // chunks before it are dealt with
  for (size_t at = 0; at < extents.size(); ++at) {
    const Extent& extent = extents[at];
    const uint64_t end = extent.offset + extent.length;
    for (uint64_t number = std::max(next, extent.offset / chunk); number * chunk < end; ++number) {
      const uint64_t from = number * chunk, to = std::min(from + chunk, size);
      const bool whole = extent.offset <= from && end >= to && (extent.position + (from - extent.offset)) % kBlock == 0;
      visit(number, extent, whole);
      next = number + 1;
    }
  }
}

// What a chunk size costs, in bytes: the indexes, and what has to be copied.
uint64_t cost_of(uint64_t size, std::span<const Extent> extents, unsigned bits) {
  const uint64_t chunk = kBlock << bits;
  uint64_t cost = count_of(size, bits) * sizeof(ChunkIndex);
  // Whole chunks inside an extent cost nothing, so only its ends are looked at; unless it is not aligned at all.
  for (const Extent& extent : extents) {
    const uint64_t end = extent.offset + extent.length;
    const uint64_t first = (extent.offset + chunk - 1) / chunk * chunk;
    const uint64_t last = end == size ? end : end / chunk * chunk;
    const bool aligned = (extent.position - extent.offset) % kBlock == 0;
    cost += aligned && first < last ? (first - extent.offset) + (end - last) : extent.length;
  }
  return cost;
}

unsigned bits_for_one_chunk(uint64_t size) {
  unsigned bits = 0;
  while (kBlock << bits < size) ++bits;
  return bits;
}

unsigned choose_bits(uint64_t size, std::span<const Extent> extents) {
  if (extents.empty()) return bits_for_one_chunk(size);
  const Extent& first = extents[0];
  if (first.offset == 0 && first.length == size && first.position % kBlock == 0) return bits_for_one_chunk(size);
  unsigned best = kMaxSparseBits;
  while (count_of(size, best) > kMaxSparseChunks) ++best;
  uint64_t least = cost_of(size, extents, best);
  for (unsigned bits = best; bits-- > 0;) {
    if (count_of(size, bits) > kMaxSparseChunks) break;
    const uint64_t cost = cost_of(size, extents, bits);
    if (cost < least) {
      least = cost;
      best = bits;
    }
  }
  return best;
}

}  // namespace

uint64_t ChunkPlan::copies() const {
  return static_cast<uint64_t>(
      std::count_if(chunks.begin(), chunks.end(), [](const Chunk& chunk) { return chunk.kind == Chunk::Kind::copy; }));
}

uint64_t ChunkPlan::chunk_bytes() const {
  return kBlock << bits;
}

ChunkPlan plan_chunks(uint64_t size, std::span<const Extent> extents) {
  ChunkPlan plan;
  if (size == 0) return plan;
  plan.bits = choose_bits(size, extents);
  plan.chunks.resize(count_of(size, plan.bits));
  each_filled(size, extents, plan.bits, [&plan](uint64_t number, const Extent& extent, bool whole) {
    Chunk& chunk = plan.chunks[number];
    chunk.kind = whole ? Chunk::Kind::tar : Chunk::Kind::copy;
    if (whole) chunk.block = (extent.position + (number * plan.chunk_bytes() - extent.offset)) / kBlock;
  });
  return plan;
}

}  // namespace minidock::store::erofs
