#include "store/erofs/layout.h"

#include "base/error.h"
#include "store/erofs/directory_blocks.h"
#include "store/erofs/xattr_body.h"

namespace minidock::store::erofs {

namespace {

uint64_t rounded(uint64_t value, uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace

// Directory by directory, the entries of each together: what is listed together is read together.
Layout::Layout(const Tree& tree, const Listing& listing, size_t devices)
    : tree_(tree), listing_(listing), places_(tree.inodes()), next_(kDeviceOffset + devices * sizeof(DeviceSlot)) {
  order_.reserve(tree.inodes());
  std::vector<NodeId> directories = {tree.root()};
  visit(tree.root());
  for (size_t at = 0; at < directories.size(); ++at) {
    for (const NodeId child : listing.children(directories[at])) {
      if (!places_[tree.inode_of(child)].is_set) visit(child);
      if (tree.inode(child).is_directory()) directories.push_back(child);
    }
  }
  flat_block_ = rounded(next_, kBlock) / kBlock;
  copy_block_ = flat_block_ + flat_blocks_;
  end_block_ = copy_block_ + copy_blocks_;
  // What was too large for its field before is told of here.
  if (next_ / kSlotBytes > UINT32_MAX) throw_error(ErrorKind::exhausted, "the image's index would have over 128 GiB");
  if (end_block_ > UINT32_MAX) throw_error(ErrorKind::exhausted, "the image would have over 2 TiB");
}

void Layout::visit(NodeId node) {
  const Inode& inode = tree_.inode(node);
  Place& place = places_[tree_.inode_of(node)];
  place.is_set = true;
  const uint64_t at = rounded(next_, kInodeAlign);
  place.nid = static_cast<uint32_t>(at / kSlotBytes);
  order_.push_back(node);
  const uint64_t base = sizeof(InodeExtended) + xattr_body_bytes(tree_.xattrs(inode));
  if (S_ISREG(inode.mode) && inode.size > 0) {
    const ChunkPlan plan = plan_chunks(inode.size, tree_.extents(inode));
    place.layout = DataLayout::chunk_based;
    place.blocks_at = static_cast<uint32_t>(copy_blocks_);
    copy_blocks_ += plan.copies() << plan.bits;
    next_ = rounded(at + base, sizeof(ChunkIndex)) + plan.chunks.size() * sizeof(ChunkIndex);
  } else if (S_ISDIR(inode.mode)) {
    place_flat(place, at, base, directory_bytes(node));
  } else if (S_ISLNK(inode.mode)) {
    place_flat(place, at, base, inode.size);
  } else {
    next_ = at + base;
  }
}

// The last, partial block behind the inode where it does not cross a block's edge there; a little further on it may
// not. What is longer than one block has the others among the flat data.
void Layout::place_flat(Place& place, uint64_t at, uint64_t base, uint64_t size) {
  const uint64_t tail = size % kBlock;
  for (uint64_t further = at; tail != 0 && further < at + kBlock; further += kInodeAlign) {
    if ((further + base) % kBlock + tail > kBlock) continue;
    at = further;
    place.layout = DataLayout::flat_inline;
    break;
  }
  place.nid = static_cast<uint32_t>(at / kSlotBytes);
  const bool is_inline = place.layout == DataLayout::flat_inline;
  const uint64_t blocks = is_inline ? size / kBlock : rounded(size, kBlock) / kBlock;
  place.blocks_at = static_cast<uint32_t>(flat_blocks_);
  flat_blocks_ += blocks;
  next_ = at + base + (is_inline ? tail : 0);
}

uint64_t Layout::directory_bytes(NodeId node) const {
  DirectorySize size;
  each_name(tree_, listing_, node, [&size](std::string_view name, NodeId) { size.add(name); });
  return size.bytes();
}

}  // namespace minidock::store::erofs
