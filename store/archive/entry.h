// One entry of a tar after all checks that need no file system: what the extractor may trust.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/time.h"
#include "store/archive/unpack.h"

struct archive_entry;

namespace minidock::store {

enum class EntryType { file, directory, symlink, hardlink, fifo, character_device, block_device };

struct Xattr {
  std::string name, value;
};

struct Entry {
  std::string path;  // cleaned; "" is the root
  EntryType type = EntryType::file;
  mode_t mode = 0;  // 07777 at most
  uid_t uid = 0;
  gid_t gid = 0;
  Nanoseconds mtime = 0;  // clamped to 0..2^33 s
  uint64_t size = 0;      // of a file, holes included
  std::string target;     // symlink: as written; hardlink: cleaned path
  dev_t device = 0;
  std::vector<Xattr> xattrs;  // those that a layer keeps, see is_kept_xattr()
  bool dropped_xattrs = false;
};

// Throws invalid for what no root filesystem may hold and exhausted for a limit crossed; the message does not
// name the entry.
Entry check_entry(archive_entry* raw, const UnpackLimits& limits);

// user.* but for overlayfs' own, security.capability, POSIX ACLs. Labels of this host's LSM, IMA signatures and
// overlay marks (trusted.*) mean something to the host and come from nobody's archive.
bool is_kept_xattr(std::string_view name);

}  // namespace minidock::store
