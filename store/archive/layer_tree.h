// The directory that a layer is unpacked into, changed by name below its root and nowhere else.
// Runs in the jail (see jail.h), but stands alone: every path is resolved by openat2(2) with RESOLVE_IN_ROOT,
// so that links of the layer, absolute ones too, lead to places in the layer; what is made or removed is
// named by a descriptor of its directory and one name, and no link is followed there.
//
// Modes and owners are set at once: the caller may write into any directory whatever its mode. Times of
// directories, and default ACLs, which would change what is made below, are noted and set in the end
// by finish_layer() of layer_walk.h.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/fd.h"
#include "base/time.h"
#include "store/archive/entry.h"

namespace minidock::store {

// What a directory gets when nothing more will be made in it.
struct LateAttributes {
  Nanoseconds mtime = 0;
  std::string default_acl;  // value of system.posix_acl_default, or ""
};
using LateDirectories = std::unordered_map<ino_t, LateAttributes>;

class LayerTree {
 public:
  explicit LayerTree(int root) : root_(root) {}  // borrowed

  // Each makes what `entry` describes, in place of what was there: a directory keeps what is in it and takes the
  // new attributes; anything else is removed first, a directory with all below it. Missing parents are made,
  // also those that a dangling link leads to. The path of `entry` is not the root. All throw Error.
  void make(const Entry& entry);  // anything but a file: one of the four below
  void make_directory(const Entry& entry);
  void make_symlink(const Entry& entry);
  void make_hardlink(const Entry& entry);
  void make_node(const Entry& entry);  // fifo, character or block device
  Fd create_file(const Entry& entry);  // open for writing, empty, its other attributes not yet set

  // st_mode of what is at the entry's place, itself, or nullopt. Makes missing parents.
  std::optional<mode_t> find_mode(const Entry& entry);

  const LateDirectories& late_directories() const { return late_; }

 private:
  struct Spot {
    int directory;     // borrowed from the cache: valid until the next call
    std::string name;  // one component
  };
  Spot locate(const Entry& entry);
  Fd make_parents(const std::string& path, Nanoseconds mtime);
  Fd open_root() const;
  Fd open_parent(Fd directory) const;
  void make_implicit(int parent, const std::string& name, Nanoseconds mtime);
  void clear(const Spot& spot);
  template <typename Make>
  int replace(const Spot& spot, std::string_view what, Make make);

  int root_;
  std::optional<std::string> cached_path_;  // as entries name it; nullopt: cached_ must be located anew
  Fd cached_;
  LateDirectories late_;
};

}  // namespace minidock::store
