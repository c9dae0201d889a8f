// mount(8)'s option words, as config.json lists them, sorted into what the mount API takes apart.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace minidock::runtime {

struct MountOptions {
  uint64_t attributes = 0;  // MOUNT_ATTR_* to set
  uint64_t cleared = 0;     // MOUNT_ATTR_* asked off ("rw", "exec", …): for binds, which inherit the source's
  uint64_t recursive_attributes = 0;  // "rro", "rnosuid", …
  uint64_t propagation = 0;           // MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE; 0: not asked
  bool recursive_propagation = false;
  bool bind = false, recursive_bind = false;
  std::string data;  // the rest, joined by ',': the file system's own
};

MountOptions parse_mount_options(const std::vector<std::string>& words);

}  // namespace minidock::runtime
