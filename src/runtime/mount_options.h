// mount(8)'s option words, as config.json lists them, sorted into what the mount API takes apart.
// spec: runtime-spec config.md "Linux mount options", which this follows word by word.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace minidock::runtime {

// MOUNT_ATTR_* to set and to clear (mount_setattr(2)). `clear` holds what was asked off, and the whole atime field
// where one mode of it is set.
struct MountAttributes {
  uint64_t set = 0, clear = 0;
  bool atime_mode = false;  // a mode was named: "relatime", the field's zero, is not seen in `set`
  bool any() const { return set != 0 || clear != 0; }
};

struct MountOptions {
  MountAttributes mount;      // "ro", "nosuid", …: this mount
  MountAttributes recursive;  // "rro", "rnosuid", …: also those below it
  uint64_t propagation = 0;   // MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE; 0: not asked
  bool recursive_propagation = false;
  bool bind = false, recursive_bind = false;
  bool remount = false;  // of what is mounted there already
  bool idmap = false, recursive_idmap = false;
  bool copy_up = false;           // "tmpcopyup": a tmpfs that starts with what the root has there
  std::vector<std::string> data;  // the rest: the file system's own words

  std::string data_text() const;  // joined by ','
};

MountOptions parse_mount_options(const std::vector<std::string>& words);

// Every word that has a meaning of its own, sorted: the `mountOptions` of features.
std::vector<std::string> mount_option_words();

}  // namespace minidock::runtime
