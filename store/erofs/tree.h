// A file tree in memory, small: some 100 bytes an entry, for a layer may have a million. Names are bytes and never
// paths of the host; nothing here touches a file system.
//
// A node is a name in a directory, an inode what it names; several nodes of one inode are hard links. Whatever is
// replaced or removed stays where it lies and is reached no more: a node's parent always has the smaller number.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "store/archive/entry.h"
#include "store/erofs/chunked.h"

namespace minidock::store::erofs {

using NodeId = uint32_t;
using InodeId = uint32_t;
constexpr uint32_t kNone = UINT32_MAX;

// A piece of a file's data: `length` bytes at `offset` of the file lie at `position` of the layer's tar.
struct Extent {
  uint64_t offset = 0, position = 0, length = 0;
  bool operator==(const Extent&) const = default;
};

struct Inode {
  Nanoseconds mtime = 0;
  uint64_t size = 0;  // files, holes included; symlinks: of the target
  uint64_t data = 0;  // files and symlinks: where theirs is, see Tree; nodes: encoded_device()
  uint32_t uid = 0, gid = 0;
  uint32_t xattrs = kNone;
  uint16_t mode = 0;   // with the type's bits
  uint16_t layer = 0;  // whose tar the data is in
  bool is_directory() const { return S_ISDIR(mode); }
};
static_assert(sizeof(Inode) == 40);

// kernel: include/linux/kdev_t.h, new_encode_dev().
uint32_t encoded_device(dev_t device);

// kernel: overlayfs' mark of a name that is removed; see Extractor.
inline bool is_removal(const Inode& inode) {
  return S_ISCHR(inode.mode) && inode.data == 0;
}

class Tree {
 public:
  Tree();  // a root, 0755 of user 0

  NodeId root() const { return root_; }
  const Inode& inode(NodeId node) const { return inodes_[nodes_[node].inode]; }
  Inode& inode(NodeId node) { return inodes_[nodes_[node].inode]; }
  InodeId inode_of(NodeId node) const { return nodes_[node].inode; }
  NodeId parent(NodeId node) const { return nodes_[node].parent; }
  std::string_view name(NodeId node) const {
    return std::string_view(names_[nodes_[node].name_chunk]).substr(nodes_[node].name_start, nodes_[node].name_bytes);
  }

  InodeId add_inode(const Inode& inode);
  // kNone where there is nothing.
  NodeId find(NodeId directory, std::string_view name) const;
  // The name, made or taken over: what was there goes, with all below it.
  NodeId put(NodeId directory, std::string_view name, InodeId inode);
  void remove(NodeId directory, std::string_view name);
  // The directory without what was in it: a new node, the old one is gone.
  NodeId emptied(NodeId directory);
  // Gives back what only the four above need: none of them is called any more.
  void freeze() { table_ = {}; }

  void set_target(Inode& inode, std::string_view target);
  const std::string& target(const Inode& inode) const { return targets_[inode.data]; }
  // In order and without gaps between adjoining ones; a file in one piece keeps no list, but its place in the tar.
  void set_extents(Inode& inode, std::vector<Extent> extents);
  std::vector<Extent> extents(const Inode& inode) const;
  void set_xattrs(Inode& inode, std::vector<Xattr> xattrs);
  const std::vector<Xattr>& xattrs(const Inode& inode) const;

  size_t nodes() const { return nodes_.size(); }
  size_t inodes() const { return inodes_.size(); }
  const Inode& inode_at(InodeId inode) const { return inodes_[inode]; }
  bool is_gone(NodeId node) const { return nodes_[node].inode == kNone; }

 private:
  struct Node {
    NodeId parent = 0;
    InodeId inode = kNone;  // kNone: removed
    uint32_t name_start = 0;
    uint16_t name_chunk = 0;
    uint8_t name_bytes = 0;
  };
  static constexpr uint64_t kPieces = uint64_t{1} << 63;  // of Inode::data: the rest is a number in extents_
  NodeId add_node(NodeId parent, std::string_view name, InodeId inode);
  uint64_t hash(NodeId parent, std::string_view name) const;
  size_t slot_of(NodeId parent, std::string_view name) const;
  void grow();

  NodeId root_ = 0;
  Chunked<Node> nodes_;
  Chunked<Inode> inodes_;
  std::deque<std::string> names_;  // chunks
  std::deque<std::string> targets_;
  std::deque<std::vector<Extent>> extents_;
  std::deque<std::vector<Xattr>> xattrs_;
  std::vector<NodeId> table_;  // open addressing by parent and name; kNone: free
  size_t used_ = 0;
  uint64_t seed_;  // security: nobody can choose names that all fall into one slot
};

// What is reached from the root, as it is at the making of this.
class Listing {
 public:
  explicit Listing(const Tree& tree);
  std::span<const NodeId> children(NodeId directory) const;      // names ascending by their bytes
  uint32_t links(InodeId inode) const { return links_[inode]; }  // names of it; of a directory as stat(2) has it
  uint64_t count() const { return sorted_.size(); }              // of nodes, without the root

 private:
  std::vector<NodeId> sorted_;    // children, directory by directory
  std::vector<uint32_t> begins_;  // by node, with one more at the end
  std::vector<uint32_t> links_;   // by inode
};

}  // namespace minidock::store::erofs
