#include "store/erofs/tree_file.h"

#include <unordered_map>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "store/archive/path.h"
#include "store/erofs/byte_stream.h"

namespace minidock::store::erofs {

namespace {

using Kind = Record::Kind;

Kind kind_of(const Inode& inode) {
  switch (inode.mode & S_IFMT) {
    case S_IFREG:
      return Kind::file;
    case S_IFLNK:
      return Kind::symlink;
    case S_IFIFO:
      return Kind::fifo;
    case S_IFBLK:
      return Kind::block;
    case S_IFCHR:
      return is_removal(inode) ? Kind::removed : Kind::character;
    default:
      return Kind::directory;
  }
}

class TreeWriter {
 public:
  TreeWriter(const LayerBuilder& layer, const UnpackLimits& limits, int fd)
      : layer_(layer), tree_(layer.tree()), limits_(limits), listing_(tree_), out_(fd), opaque_(tree_.nodes(), false) {
    for (const NodeId node : layer.opaque()) opaque_[node] = true;
  }

  void run() {
    if (listing_.count() >= kMaxRecords) {
      throw_error(ErrorKind::exhausted, "the layer has more than ", kMaxRecords, " files and directories");
    }
    out_.put(kTreeMagic);
    out_.number<uint64_t>(listing_.count() + 1);
    put(tree_.root(), 0);
    struct Level {
      NodeId directory;
      uint32_t number;
      uint64_t path_bytes;
    };
    std::vector<Level> directories = {{tree_.root(), 0, 0}};
    for (size_t at = 0; at < directories.size(); ++at) {
      const Level level = directories[at];
      for (const NodeId child : listing_.children(level.directory)) {
        const uint64_t bytes = level.path_bytes + tree_.name(child).size() + (level.path_bytes == 0 ? 0 : 1);
        if (bytes > limits_.path_bytes) {
          throw_error(ErrorKind::exhausted, "entry ", shown(path_of(child)), ": behind links its path has over ",
                      limits_.path_bytes, " bytes");
        }
        if (tree_.inode(child).is_directory()) directories.push_back({child, next_, bytes});
        put(child, level.number);
      }
    }
    out_.finish();
  }

 private:
  std::string path_of(NodeId node) const {
    std::string path(tree_.name(node));
    while ((node = tree_.parent(node)) != tree_.root()) path.insert(0, cat(tree_.name(node), "/"));
    return path;
  }

  void put(NodeId node, uint32_t parent) {
    const Inode& inode = tree_.inode(node);
    const InodeId id = tree_.inode_of(node);
    const bool is_removed = kind_of(inode) == Kind::removed;
    const bool has_names = !is_removed && !inode.is_directory() && listing_.links(id) > 1;
    const auto first = has_names ? first_names_.try_emplace(id, next_).first : first_names_.end();
    const bool is_link = has_names && first->second != next_;
    out_.number<uint8_t>(static_cast<uint8_t>(is_link ? Kind::link : kind_of(inode)));
    out_.number<uint8_t>(opaque_[node] ? 1 : 0);
    out_.number<uint32_t>(parent);
    if (node != tree_.root()) out_.short_text<uint8_t>(tree_.name(node));
    if (is_link) out_.number<uint32_t>(first->second);
    ++next_;
    if (!is_link && !is_removed) put_inode(inode);
  }

  void put_inode(const Inode& inode) {
    out_.number<uint16_t>(inode.mode & 07777);
    out_.number<uint32_t>(inode.uid);
    out_.number<uint32_t>(inode.gid);
    out_.number<int64_t>(inode.mtime);
    switch (kind_of(inode)) {
      case Kind::file:
        put_extents(inode);
        return put_xattrs(inode);
      case Kind::directory:
        return put_xattrs(inode);
      case Kind::symlink:
        return out_.short_text<uint16_t>(tree_.target(inode));
      case Kind::character:
      case Kind::block:
        return out_.number<uint32_t>(static_cast<uint32_t>(inode.data));
      default:
        return;
    }
  }

  void put_extents(const Inode& inode) {
    const std::vector<Extent> extents = tree_.extents(inode);
    out_.number<uint64_t>(inode.size);
    out_.number<uint32_t>(static_cast<uint32_t>(extents.size()));
    for (const Extent& extent : extents) {
      out_.number<uint64_t>(extent.offset);
      out_.number<uint64_t>(extent.position);
      out_.number<uint64_t>(extent.length);
    }
  }

  void put_xattrs(const Inode& inode) {
    const std::vector<Xattr>& xattrs = tree_.xattrs(inode);
    out_.number<uint16_t>(static_cast<uint16_t>(xattrs.size()));
    for (const Xattr& xattr : xattrs) {
      out_.short_text<uint8_t>(xattr.name);
      out_.short_text<uint16_t>(xattr.value);
    }
  }

  const LayerBuilder& layer_;
  const Tree& tree_;
  const UnpackLimits& limits_;
  Listing listing_;
  ByteWriter out_;
  std::unordered_map<InodeId, uint32_t> first_names_;  // of files with several: the record that describes them
  std::vector<bool> opaque_;                           // by node
  uint32_t next_ = 0;
};

}  // namespace

void write_tree(const LayerBuilder& layer, const UnpackLimits& limits, int fd) {
  TreeWriter(layer, limits, fd).run();
}

}  // namespace minidock::store::erofs
