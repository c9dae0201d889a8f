#include "store/erofs/layer_builder.h"

#include <limits.h>

#include <deque>

#include "base/error.h"
#include "base/text.h"
#include "store/archive/path.h"
#include "store/erofs/format.h"
#include "store/erofs/kept_xattrs.h"

namespace minidock::store::erofs {

namespace {

constexpr int kLinks = 40;  // kernel: MAXSYMLINKS

Inode inode_of(const Entry& entry, mode_t type, mode_t mode) {
  Inode inode;
  inode.mtime = entry.mtime;
  inode.uid = entry.uid;
  inode.gid = entry.gid;
  inode.mode = static_cast<uint16_t>(type | mode);
  return inode;
}

void push_front_parts(std::deque<std::string>& parts, std::string_view path) {
  const std::vector<std::string> more = split(path, '/');
  parts.insert(parts.begin(), more.begin(), more.end());
}

}  // namespace

LayerBuilder::Walked LayerBuilder::walk(std::string_view path, std::optional<Nanoseconds> implicit) {
  NodeId here = tree_.root();
  std::deque<std::string> parts;
  push_front_parts(parts, path);
  int links = 0;
  while (!parts.empty()) {
    const std::string part = std::move(parts.front());
    parts.pop_front();
    const Walked next = step(here, part, implicit);
    if (next.node == kNone) return next;
    const Inode& inode = tree_.inode(next.node);
    if (inode.is_directory()) {
      here = next.node;
    } else if (S_ISLNK(inode.mode)) {
      if (++links > kLinks) return {kNone, ELOOP};
      const std::string& target = tree_.target(inode);
      if (target.starts_with('/')) here = tree_.root();
      push_front_parts(parts, target);
    } else {
      return {kNone, ENOTDIR};
    }
  }
  return {here, 0};
}

// ".." of the root is the root.
LayerBuilder::Walked LayerBuilder::step(NodeId here, const std::string& part, std::optional<Nanoseconds> implicit) {
  if (part.empty() || part == ".") return {here, 0};
  if (part == "..") return {tree_.parent(here), 0};
  if (part.size() > kNameBytes) return {kNone, ENAMETOOLONG};
  const NodeId found = tree_.find(here, part);
  if (found != kNone) return {found, 0};
  if (!implicit) return {kNone, ENOENT};
  Inode made;
  made.mtime = *implicit;
  made.mode = S_IFDIR | 0755;
  return {tree_.put(here, part, tree_.add_inode(made)), 0};
}

LayerBuilder::Spot LayerBuilder::locate(const Entry& entry) {
  const std::string_view parent = parent_of(entry.path);
  const Walked walked = walk(parent, entry.mtime);
  if (walked.node == kNone) throw_errno_message(walked.error_number, cat("open directory ", shown(parent)));
  return {walked.node, leaf_of(entry.path)};
}

void LayerBuilder::make(const Entry& entry) {
  switch (entry.type) {
    case EntryType::file:
      throw_error(ErrorKind::internal, "a file is made by make_file()");
    case EntryType::directory:
      return make_directory(entry);
    case EntryType::symlink:
      return make_symlink(entry);
    case EntryType::hardlink:
      return make_hardlink(entry);
    case EntryType::fifo:
    case EntryType::character_device:
    case EntryType::block_device:
      return make_node(entry);
  }
}

void LayerBuilder::make_directory(const Entry& entry) {
  const Spot spot = locate(entry);
  Inode inode = inode_of(entry, S_IFDIR, entry.mode);
  NodeId node = tree_.find(spot.directory, spot.name);
  const bool is_there = node != kNone && tree_.inode(node).is_directory();
  std::vector<Xattr> xattrs;
  if (is_there) {
    xattrs = tree_.xattrs(tree_.inode(node));
    inode.xattrs = tree_.inode(node).xattrs;  // the list's place, for set_xattrs()
  }
  keep_xattrs(entry, inode.mode, xattrs);
  tree_.set_xattrs(inode, std::move(xattrs));
  if (is_there) {
    tree_.inode(node) = inode;
  } else {
    tree_.put(spot.directory, spot.name, tree_.add_inode(inode));
  }
}

InodeId LayerBuilder::make_file(const Entry& entry, std::vector<Extent> extents) {
  const Spot spot = locate(entry);
  Inode inode = inode_of(entry, S_IFREG, entry.mode);
  inode.size = entry.size;
  std::vector<Xattr> xattrs;
  keep_xattrs(entry, inode.mode, xattrs);
  tree_.set_xattrs(inode, std::move(xattrs));
  tree_.set_extents(inode, std::move(extents));
  const InodeId made = tree_.add_inode(inode);
  tree_.put(spot.directory, spot.name, made);
  return made;
}

void LayerBuilder::make_symlink(const Entry& entry) {
  const Spot spot = locate(entry);
  if (entry.target.size() >= PATH_MAX) throw_errno_message(ENAMETOOLONG, "create symbolic link");
  Inode inode = inode_of(entry, S_IFLNK, 0777);
  tree_.set_target(inode, entry.target);
  tree_.put(spot.directory, spot.name, tree_.add_inode(inode));
}

void LayerBuilder::make_hardlink(const Entry& entry) {
  const std::string what = cat("create hard link to ", shown(entry.target));
  const Walked parent = walk(parent_of(entry.target), std::nullopt);
  if (parent.node == kNone) throw_errno_message(parent.error_number, what);
  const std::string_view name = leaf_of(entry.target);
  const NodeId source = tree_.find(parent.node, name);
  if (source == kNone) throw_errno_message(ENOENT, what);
  if (tree_.inode(source).is_directory()) throw_errno_message(EISDIR, what);
  const InodeId inode = tree_.inode_of(source);
  const Spot spot = locate(entry);
  const NodeId old = tree_.find(spot.directory, spot.name);
  if (old != kNone) {
    // What is in the way goes first, and the target may go with it: then there is nothing to link to.
    for (NodeId at = source; at != tree_.root(); at = tree_.parent(at)) {
      if (at == old) throw_errno_message(ENOENT, what);
    }
  }
  tree_.put(spot.directory, spot.name, inode);
}

void LayerBuilder::make_node(const Entry& entry) {
  const Spot spot = locate(entry);
  const mode_t type = entry.type == EntryType::fifo               ? S_IFIFO
                      : entry.type == EntryType::character_device ? S_IFCHR
                                                                  : S_IFBLK;
  Inode inode = inode_of(entry, type, entry.mode);
  if (entry.type != EntryType::fifo) inode.data = encoded_device(entry.device);
  tree_.put(spot.directory, spot.name, tree_.add_inode(inode));
}

NodeId LayerBuilder::find_directory(const std::string& path) const {
  NodeId here = tree_.root();
  const auto refuse = [&path](int error_number) {
    throw_errno_message(error_number, cat("mark directory ", shown(path), " opaque"));
  };
  for (const std::string& part : split(path, '/')) {
    if (part == ".") continue;
    here = tree_.find(here, part);
    if (here == kNone) refuse(ENOENT);
    if (S_ISLNK(tree_.inode(here).mode)) refuse(ELOOP);
    if (!tree_.inode(here).is_directory()) refuse(ENOTDIR);
  }
  return here;
}

// Makes the mark where the layer has nothing of that name.
bool LayerBuilder::is_directory_of_layer(const LayerMarks::Removal& removal) {
  const Walked parent = walk(parent_of(removal.path), removal.mtime);
  if (parent.node == kNone && is_no_directory(parent.error_number)) return false;
  const NodeId there = parent.node == kNone ? kNone : tree_.find(parent.node, leaf_of(removal.path));
  if (there != kNone) return tree_.inode(there).is_directory();
  try {
    make_node(removal.entry());
  } catch (const Error& error) {
    throw error.with_context(cat("entry ", shown(removal.path)));
  }
  return false;
}

void LayerBuilder::set_marks(const LayerMarks& marks) {
  std::vector<std::string> opaque = marks.opaque;
  for (const LayerMarks::Removal& removal : marks.removed) {
    if (is_directory_of_layer(removal)) opaque.push_back(removal.path);
  }
  mark_opaque(opaque);
}

void LayerBuilder::mark_opaque(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) opaque_.push_back(find_directory(path));
  if (opaque_.empty()) return;
  const Listing listing(tree_);
  for (const NodeId directory : opaque_) {
    for (const NodeId child : listing.children(directory)) {
      if (tree_.is_gone(child) || !is_removal(tree_.inode(child))) continue;
      tree_.remove(directory, std::string(tree_.name(child)));
    }
  }
}

}  // namespace minidock::store::erofs
