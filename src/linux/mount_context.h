// A file system in the making: fsopen(2), fsconfig(2), fsmount(2), and what the kernel says when it refuses.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"

namespace minidock::linux {

class MountContext {
 public:
  explicit MountContext(const std::string& type);                 // throws where this kernel has no such file system
  bool try_set(const char* key, const std::string& value) const;  // false: see errno
  void set(const char* key, const std::string& value) const;
  void set_word(const std::string& word) const;  // as mount(8) has it: "KEY=VALUE", or a flag
  bool try_create() const;                       // false: see errno
  void create() const;
  [[noreturn]] void fail_to_create(int failure) const;  // what create() throws; `failure`: the errno of try_create()
  Fd mount(uint64_t attributes) const;                  // MOUNT_ATTR_*; after create(); detached
  std::string log() const;                              // " (what the kernel wrote)", if it says more than errno does

 private:
  std::string type_;
  Fd fd_;
};

}  // namespace minidock::linux
