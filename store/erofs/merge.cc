#include "store/erofs/merge.h"

#include "base/error.h"
#include "store/erofs/tree_file.h"
#include "store/erofs/writer.h"

namespace minidock::store::erofs {

// One layer on its way into the tree.
struct Merge::Layer {
  Tree& tree;
  uint16_t number;
  std::vector<NodeId> nodes = {};    // by record: of directories
  std::vector<InodeId> inodes = {};  // by record: of what a link may name

  void take(const Record& record) {
    nodes.push_back(kNone);
    inodes.push_back(kNone);
    if (record.number == 0) {  // the root's own attributes are the runtime's to choose
      nodes[0] = record.opaque ? tree.emptied(tree.root()) : tree.root();
      return;
    }
    const NodeId parent = nodes[record.parent];
    switch (record.kind) {
      case Record::Kind::removed:
        return tree.remove(parent, record.name);
      case Record::Kind::link:
        tree.put(parent, record.name, inodes[record.link]);
        return;
      case Record::Kind::directory:
        nodes[record.number] = put_directory(parent, record);
        return;
      default:
        inodes[record.number] = tree.add_inode(inode_of(record));
        tree.put(parent, record.name, inodes[record.number]);
    }
  }

 private:
  // A directory on a directory takes its place and keeps what is in it; on anything else it hides that.
  NodeId put_directory(NodeId parent, const Record& record) {
    const NodeId below = tree.find(parent, record.name);
    if (below == kNone || !tree.inode(below).is_directory() || record.opaque) {
      return tree.put(parent, record.name, tree.add_inode(inode_of(record)));
    }
    tree.inode(below) = inode_of(record);
    return below;
  }

  Inode inode_of(const Record& record) {
    Inode inode = record.inode;
    inode.layer = number;
    if (record.kind == Record::Kind::symlink) tree.set_target(inode, record.target);
    if (record.kind == Record::Kind::file) tree.set_extents(inode, record.extents);
    tree.set_xattrs(inode, record.xattrs);
    return inode;
  }
};

void Merge::add_layer(int tree_fd, uint64_t tar_bytes, const UnpackLimits& limits) {
  if (layers_ >= kMaxDevices) {
    throw_error(ErrorKind::exhausted, "the image has more than ", kMaxDevices, " layers");
  }
  Layer layer{tree_, static_cast<uint16_t>(layers_++)};
  read_tree(tree_fd, tar_bytes, limits, [&layer](const Record& record) { layer.take(record); });
}

}  // namespace minidock::store::erofs
