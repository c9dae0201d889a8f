// A layer's tree, made entry by entry as its tar names them: the twin of LayerTree, which makes it on disk. The rules
// are the same, and so are the refusals:
//
//   * what an entry names takes the place of what was there; a directory keeps what is in it and takes the new
//   attributes
//   * parents are looked up in the layer, links included, absolute ones and ".." too; missing ones are made: 0755, of
//     user 0, as old as the entry that needed them
//   * a hard link's target is taken as it is, and must be there
//
// Runs in the jail (see archive/jail.h); never touches a file system.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/archive/layer_sink.h"
#include "store/erofs/tree.h"

namespace minidock::store::erofs {

class LayerBuilder {
 public:
  // All throw Error; the path of `entry` is not the root.
  void make(const Entry& entry);  // anything but a file
  InodeId make_file(const Entry& entry, std::vector<Extent> extents);
  void make_parents(const Entry& entry) { locate(entry); }
  void set_marks(const LayerMarks& marks);  // after the last entry, once
  void freeze() { tree_.freeze(); }         // nothing is made or looked up any more

  const Tree& tree() const { return tree_; }
  const std::vector<NodeId>& opaque() const { return opaque_; }

 private:
  struct Spot {
    NodeId directory;
    std::string_view name;  // of the entry's path
  };
  struct Walked {
    NodeId node = kNone;
    int error_number = 0;  // where node is kNone
  };
  // `implicit`: the time of directories that are made where there are none.
  Walked walk(std::string_view path, std::optional<Nanoseconds> implicit);
  Walked step(NodeId here, const std::string& part, std::optional<Nanoseconds> implicit);
  Spot locate(const Entry& entry);
  NodeId find_directory(const std::string& path) const;
  bool is_directory_of_layer(const LayerMarks::Removal& removal);
  void mark_opaque(const std::vector<std::string>& paths);
  void make_directory(const Entry& entry);
  void make_symlink(const Entry& entry);
  void make_hardlink(const Entry& entry);
  void make_node(const Entry& entry);

  Tree tree_;
  std::vector<NodeId> opaque_;
};

}  // namespace minidock::store::erofs
