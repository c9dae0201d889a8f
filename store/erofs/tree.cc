#include "store/erofs/tree.h"

#include <string.h>
#include <sys/auxv.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "base/error.h"

namespace minidock::store::erofs {

namespace {

constexpr size_t kNameChunk = 1 << 20;
constexpr size_t kFirstTable = 1024;

// The kernel's gift to each process: no system call, so the jail has it too.
uint64_t process_seed() {
  const auto* bytes = reinterpret_cast<const void*>(getauxval(AT_RANDOM));
  uint64_t seed = 0x9E3779B97F4A7C15;
  if (bytes != nullptr) memcpy(&seed, bytes, sizeof seed);
  return seed;
}

uint64_t fold(uint64_t one, uint64_t other) {
  const auto product = static_cast<unsigned __int128>(one) * other;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint32_t checked_count(size_t count) {
  if (count >= kNone) throw_error(ErrorKind::exhausted, "it has more entries than can be counted");
  return static_cast<uint32_t>(count);
}

}  // namespace

uint32_t encoded_device(dev_t device) {
  const uint32_t minor_number = minor(device);
  return (minor_number & 0xff) | major(device) << 8 | (minor_number & ~0xffU) << 12;
}

Tree::Tree() : table_(kFirstTable, kNone), seed_(process_seed()) {
  Inode root;
  root.mode = S_IFDIR | 0755;
  add_node(0, "", add_inode(root));
}

InodeId Tree::add_inode(const Inode& inode) {
  const uint32_t id = checked_count(inodes_.size());
  inodes_.push_back(inode);
  return id;
}

NodeId Tree::add_node(NodeId parent, std::string_view name, InodeId inode) {
  if (names_.empty() || names_.back().size() + name.size() > kNameChunk) {
    if (names_.size() > UINT16_MAX) throw_error(ErrorKind::exhausted, "its names are too many to be kept in memory");
    names_.emplace_back();
  }
  std::string& chunk = names_.back();
  const uint32_t id = checked_count(nodes_.size());
  nodes_.push_back({parent, inode, static_cast<uint32_t>(chunk.size()), static_cast<uint16_t>(names_.size() - 1),
                    static_cast<uint8_t>(name.size())});
  chunk += name;
  return id;
}

uint64_t Tree::hash(NodeId parent, std::string_view name) const {
  constexpr uint64_t kFirst = 0xA0761D6478BD642F, kSecond = 0xE7037ED1A0B428DB;
  uint64_t sum = fold(seed_ ^ parent, kFirst ^ name.size());
  while (!name.empty()) {
    uint64_t word = 0;
    const size_t size = std::min(name.size(), sizeof word);
    memcpy(&word, name.data(), size);
    sum = fold(sum ^ word, seed_ ^ kSecond);
    name.remove_prefix(size);
  }
  return sum;
}

// Where the name is, or where it would go.
size_t Tree::slot_of(NodeId parent, std::string_view name_wanted) const {
  const size_t mask = table_.size() - 1;
  size_t slot = hash(parent, name_wanted) & mask;
  while (table_[slot] != kNone) {
    const NodeId node = table_[slot];
    if (nodes_[node].parent == parent && name(node) == name_wanted) break;
    slot = (slot + 1) & mask;
  }
  return slot;
}

void Tree::grow() {
  const std::vector<NodeId> before = std::move(table_);
  table_.assign(before.size() * 2, kNone);
  for (const NodeId node : before) {
    if (node != kNone) table_[slot_of(nodes_[node].parent, name(node))] = node;
  }
}

NodeId Tree::find(NodeId directory, std::string_view name_wanted) const {
  const NodeId node = table_[slot_of(directory, name_wanted)];
  return node == kNone || is_gone(node) ? kNone : node;
}

NodeId Tree::put(NodeId directory, std::string_view name_wanted, InodeId inode) {
  if ((used_ + 1) * 3 > table_.size() * 2) grow();
  const size_t slot = slot_of(directory, name_wanted);
  if (table_[slot] == kNone) {
    ++used_;
  } else {
    nodes_[table_[slot]].inode = kNone;
  }
  return table_[slot] = add_node(directory, name_wanted, inode);
}

// The slot stays taken: a later name finds it, and the search for others goes on behind it.
void Tree::remove(NodeId directory, std::string_view name_wanted) {
  const NodeId node = find(directory, name_wanted);
  if (node != kNone) nodes_[node].inode = kNone;
}

NodeId Tree::emptied(NodeId directory) {
  const InodeId inode = nodes_[directory].inode;
  if (directory != root_) return put(nodes_[directory].parent, std::string(name(directory)), inode);
  nodes_[root_].inode = kNone;
  root_ = add_node(0, "", inode);
  nodes_[root_].parent = root_;
  return root_;
}

void Tree::set_target(Inode& inode, std::string_view target) {
  inode.size = target.size();
  inode.data = checked_count(targets_.size());
  targets_.emplace_back(target);
}

void Tree::set_extents(Inode& inode, std::vector<Extent> extents) {
  inode.data = 0;
  if (extents.size() == 1 && extents[0].offset == 0 && extents[0].length == inode.size) {
    inode.data = extents[0].position;
    return;
  }
  if (inode.size == 0) return;
  inode.data = kPieces | checked_count(extents_.size());
  extents.shrink_to_fit();
  extents_.push_back(std::move(extents));
}

std::vector<Extent> Tree::extents(const Inode& inode) const {
  if ((inode.data & kPieces) != 0) return extents_[inode.data & ~kPieces];
  if (inode.size == 0) return {};
  return {{0, inode.data, inode.size}};
}

void Tree::set_xattrs(Inode& inode, std::vector<Xattr> xattrs) {
  if (xattrs.empty()) {
    inode.xattrs = kNone;
    return;
  }
  if (inode.xattrs == kNone) {
    inode.xattrs = checked_count(xattrs_.size());
    xattrs_.emplace_back();
  }
  xattrs_[inode.xattrs] = std::move(xattrs);
}

const std::vector<Xattr>& Tree::xattrs(const Inode& inode) const {
  static const std::vector<Xattr> kEmpty;
  return inode.xattrs == kNone ? kEmpty : xattrs_[inode.xattrs];
}

Listing::Listing(const Tree& tree) : begins_(tree.nodes() + 1, 0), links_(tree.inodes(), 0) {
  std::vector<bool> reached(tree.nodes(), false);
  reached[tree.root()] = true;
  links_[tree.inode_of(tree.root())] = 2;
  size_t count = 0;
  // A parent's number is smaller than its children's.
  for (NodeId node = 0; node < tree.nodes(); ++node) {
    if (node == tree.root() || tree.is_gone(node) || !reached[tree.parent(node)]) continue;
    reached[node] = true;
    ++count;
    ++begins_[tree.parent(node) + 1];
    if (tree.inode(node).is_directory()) {
      links_[tree.inode_of(node)] = 2;
      ++links_[tree.inode_of(tree.parent(node))];
    } else {
      ++links_[tree.inode_of(node)];
    }
  }
  for (size_t at = 1; at < begins_.size(); ++at) begins_[at] += begins_[at - 1];
  sorted_.resize(count);
  // Each beginning moves to its end, which is the next one's beginning, and back again.
  for (NodeId node = 0; node < tree.nodes(); ++node) {
    if (reached[node] && node != tree.root()) sorted_[begins_[tree.parent(node)]++] = node;
  }
  std::copy_backward(begins_.begin(), begins_.end() - 1, begins_.end());
  begins_.front() = 0;
  for (NodeId node = 0; node < tree.nodes(); ++node) {
    std::sort(sorted_.begin() + begins_[node], sorted_.begin() + begins_[node + 1],
              [&tree](NodeId one, NodeId other) { return tree.name(one) < tree.name(other); });
  }
}

std::span<const NodeId> Listing::children(NodeId directory) const {
  return std::span(sorted_).subspan(begins_[directory], begins_[directory + 1] - begins_[directory]);
}

}  // namespace minidock::store::erofs
