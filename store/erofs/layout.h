// Where each inode of an image goes, and what belongs to it: decided before the first byte is written, because a
// directory names its entries by their places.
#pragma once

#include <cstdint>
#include <vector>

#include "store/erofs/chunks.h"
#include "store/erofs/format.h"
#include "store/erofs/tree.h"

namespace minidock::store::erofs {

struct Place {
  uint32_t nid = 0;        // its place in the image, by slots
  uint32_t blocks_at = 0;  // flat data that is not inline, or copies: block, counted from the first one of that kind
  DataLayout layout = DataLayout::flat_plain;
  bool is_set = false;
  uint64_t at() const { return nid * kSlotBytes; }  // byte of the image
};
static_assert(sizeof(Place) == 12);  // for there may be a million

class Layout {
 public:
  // Both borrowed.
  Layout(const Tree& tree, const Listing& listing, size_t devices);

  const std::vector<NodeId>& order() const { return order_; }  // one node an inode, as they lie in the image
  const Place& place(InodeId inode) const { return places_[inode]; }
  uint64_t flat_block() const { return flat_block_; }  // where flat data begins
  uint64_t copy_block() const { return copy_block_; }  // where copies begin
  uint64_t end_block() const { return end_block_; }    // blocks of the image

 private:
  void visit(NodeId node);
  void place_flat(Place& place, uint64_t at, uint64_t base, uint64_t size);
  uint64_t directory_bytes(NodeId node) const;

  const Tree& tree_;
  const Listing& listing_;
  std::vector<NodeId> order_;
  std::vector<Place> places_;
  uint64_t next_ = 0;  // byte for the next inode
  uint64_t flat_blocks_ = 0, copy_blocks_ = 0;
  uint64_t flat_block_ = 0, copy_block_ = 0, end_block_ = 0;
};

// Calls `visit` with each name of a directory, "." and ".." among them, in the order of the format. `self` and `parent`
// stand for these two.
template <typename Visit>
void each_name(const Tree& tree, const Listing& listing, NodeId directory, Visit visit) {
  constexpr std::string_view kSelf = ".", kParent = "..";
  int dots = 0;
  for (const NodeId child : listing.children(directory)) {
    const std::string_view name = tree.name(child);
    if (dots == 0 && name > kSelf) visit(kSelf, directory), ++dots;
    if (dots == 1 && name > kParent) visit(kParent, tree.parent(directory)), ++dots;
    visit(name, child);
  }
  if (dots == 0) visit(kSelf, directory), ++dots;
  if (dots == 1) visit(kParent, tree.parent(directory));
}

}  // namespace minidock::store::erofs
