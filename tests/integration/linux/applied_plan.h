// A CgroupPlan carried out on this host, and undone at the end of its scope.
#pragma once

#include <fcntl.h>

#include <string>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "linux/cgroup_apply.h"

namespace minidock::linux {

class AppliedPlan {
 public:
  explicit AppliedPlan(const CgroupPlan& plan) : plan_(plan) { apply_cgroup_plan(plan); }
  ~AppliedPlan() {
    for (auto at = plan_.directories.rbegin(); at != plan_.directories.rend(); ++at) try_remove_cgroup(*at);
  }
  AppliedPlan(const AppliedPlan&) = delete;

  // Moves the calling process, which has one thread, in.
  void join() const {
    for (const std::string& directory : plan_.v1_directories) write_cgroup({directory, "tasks", "0"});
    if (!plan_.v2_directory.empty()) write_cgroup({plan_.v2_directory, "cgroup.procs", "0"});
  }

  // Those limits that do not read back as they were written.
  std::vector<std::string> differences() const {
    std::vector<std::string> out;
    for (const CgroupWrite& write : plan_.writes) {
      if (!write.verify) continue;
      const auto text = find_file_text(AT_FDCWD, cat(write.directory, "/", write.file));
      if (!text && write.optional) continue;
      if (!text || trim(*text) != write.value)
        out.push_back(cat(write.file, "=", write.value, " but ", text.value_or("absent")));
    }
    return out;
  }

 private:
  CgroupPlan plan_;
};

}  // namespace minidock::linux
