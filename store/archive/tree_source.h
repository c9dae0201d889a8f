// A directory tree that others may change while it is read, one entry at a time: each name is pinned by a descriptor
// before anything is asked of it, no link is followed, nothing but regular files is ever opened for reading.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "store/archive/entry.h"

namespace minidock::store {

struct TreeItem {
  std::string path;  // below the root of the walk; "" is the root itself
  std::string name;  // its last part
  Fd pin;            // O_PATH, of the thing itself
  Fd open;           // directories and regular files: for reading
  struct stat info;  // of pin
};

// A name in `directory` (borrowed). Nullopt: it has gone.
std::optional<TreeItem> find_item(int directory, const std::string& name);
// What an O_PATH descriptor is of.
TreeItem pinned_item(Fd pin, const std::string& name);

// The value of an extended attribute of an open file or directory; nullopt: it has none of that name.
std::optional<std::string> find_xattr(int fd, const std::string& name);

// What a tar says of it. Size and target too; the path is left to the caller.
Entry entry_of(const TreeItem& item);

enum class Descend { yes, no };

// Visits what is below `directory` (borrowed), a directory before what is in it, names by their bytes. Throws exhausted
// for more than 1024 directories in one another.
void walk_items(int directory, const std::function<Descend(TreeItem&)>& visit);

}  // namespace minidock::store
