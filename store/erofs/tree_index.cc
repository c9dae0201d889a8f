#include "store/erofs/tree_index.h"

#include <sys/sysmacros.h>

#include <unordered_map>
#include <unordered_set>

#include "base/error.h"

namespace minidock::store::erofs {

namespace {

// kernel: include/linux/kdev_t.h, new_decode_dev().
dev_t decoded_device(uint32_t device) {
  return makedev((device >> 8) & 0xfff, (device & 0xff) | ((device >> 12) & 0xfff00));
}

class IndexWalk {
 public:
  IndexWalk(const LayerBuilder& layer, const InodeDigests& digests, LayerIndexWriter& index)
      : tree_(layer.tree()),
        listing_(tree_),
        opaque_(layer.opaque().begin(), layer.opaque().end()),
        digests_(digests),
        index_(index),
        empty_(oci::sha256("")) {}

  void run() {
    if (opaque_.contains(tree_.root())) {
      path_ = ".";
      index_.add(describe(tree_.root()));
      path_.clear();
    }
    levels_.push_back({listing_.children(tree_.root()), 0});
    while (!levels_.empty()) {
      Level& level = levels_.back();
      if (level.children.empty()) {
        path_.resize(level.parent_length);
        levels_.pop_back();
        continue;
      }
      const NodeId child = level.children.front();
      level.children = level.children.subspan(1);
      visit(child);
    }
  }

 private:
  struct Level {
    std::span<const NodeId> children;  // those that are still to come
    size_t parent_length;              // of path_, before this directory's name was added
  };

  void visit(NodeId node) {
    const size_t length = path_.size();
    if (!path_.empty()) path_ += '/';
    path_ += tree_.name(node);
    index_.add(describe(node));
    if (tree_.inode(node).is_directory()) {
      levels_.push_back({listing_.children(node), length});
    } else {
      path_.resize(length);
    }
  }

  IndexEntry describe(NodeId node) {
    const InodeId number = tree_.inode_of(node);
    const Inode& inode = tree_.inode(node);
    IndexEntry entry;
    entry.path = path_;
    entry.mode = inode.mode;
    entry.uid = inode.uid;
    entry.gid = inode.gid;
    entry.mtime = inode.mtime;
    if (inode.is_directory()) {
      entry.opaque = opaque_.contains(node);
    } else if (S_ISLNK(inode.mode)) {
      entry.target = tree_.target(inode);
    } else if (S_ISCHR(inode.mode) || S_ISBLK(inode.mode)) {
      entry.device = decoded_device(static_cast<uint32_t>(inode.data));
    } else if (S_ISREG(inode.mode)) {
      entry.size = inode.size;
      entry.sha256 = inode.size == 0 ? empty_ : digests_.of(number);
      if (listing_.links(number) > 1) entry.link = links_.try_emplace(number, links_.size() + 1).first->second;
    }
    return entry;
  }

  const Tree& tree_;
  const Listing listing_;
  const std::unordered_set<NodeId> opaque_;
  const InodeDigests& digests_;
  LayerIndexWriter& index_;
  const oci::Digest empty_;
  std::string path_;
  std::vector<Level> levels_;
  std::unordered_map<InodeId, uint64_t> links_;
};

}  // namespace

void InodeDigests::add(InodeId inode, const oci::Digest& digest) {
  inodes_.push_back(inode);
  digests_.push_back(digest);
}

const oci::Digest& InodeDigests::of(InodeId inode) const {
  size_t first = 0, end = inodes_.size();
  while (first < end) {
    const size_t middle = first + (end - first) / 2;
    if (inodes_[middle] < inode) {
      first = middle + 1;
    } else {
      end = middle;
    }
  }
  if (first == inodes_.size() || inodes_[first] != inode) {
    throw_error(ErrorKind::internal, "file ", inode, " has no digest");
  }
  return digests_[first];
}

void write_index(const LayerBuilder& layer, const InodeDigests& digests, LayerIndexWriter& index) {
  IndexWalk(layer, digests, index).run();
  index.finish();
}

}  // namespace minidock::store::erofs
