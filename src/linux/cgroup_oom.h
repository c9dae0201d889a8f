// Being told when the kernel finds a container out of memory.
// Sources: cgroup-v1/memory.rst section 10 "OOM Control"; cgroup-v2.rst memory.events; inotify(7).
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "linux/cgroup.h"

namespace minidock::linux {

class OomWatch {
 public:
  // Throws not_found without the cgroup, unsupported without a memory controller.
  static OomWatch open(const CgroupLayout& layout, const std::string& path);

  int fd() const { return notice_.get(); }  // readable: call take()

  struct News {
    bool out_of_memory = false;  // since the last call
    bool gone = false;           // the cgroup was removed: nothing will come any more
  };
  News take();  // never blocks

 private:
  OomWatch() = default;
  uint64_t kills() const;

  std::string directory_;
  bool v2_ = false;
  Fd notice_;   // v1: eventfd; v2: inotify on memory.events
  Fd control_;  // v1: memory.oom_control, which the eventfd is registered for
  uint64_t seen_ = 0;
};

}  // namespace minidock::linux
