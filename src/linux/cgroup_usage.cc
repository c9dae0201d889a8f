#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/cgroup_files.h"

namespace minidock::linux {
namespace {

// "max", an absent file and "no limit" are 0.
uint64_t number_or_zero(const std::string& directory, const char* file) {
  const uint64_t number = find_cgroup_number(directory, file).value_or(0);
  return number >= kUnlimitedBytes ? 0 : number;
}

bool remove_children(const std::string& directory, int depth);

// rmdir of one that has no children; a busy one is waited for: kernel: a process that has exited leaves its
// cgroup a moment after it was reaped.
bool remove_leaf(const std::string& directory) {
  constexpr int kTries = 10;
  timespec pause = {0, 500'000};
  for (int attempt = 0; attempt < kTries; ++attempt) {
    if (::rmdir(directory.c_str()) == 0 || errno == ENOENT) return true;
    if (errno != EBUSY && errno != EINTR) throw_errno("remove cgroup ", directory);
    ::nanosleep(&pause, nullptr);
    pause.tv_nsec = std::min<long>(pause.tv_nsec * 2, 50'000'000);
  }
  return false;
}

bool remove_below(const std::string& directory, int depth) {
  // A container with its own cgroups may nest them; the bound only keeps hostile depth off our stack.
  constexpr int kDeepest = 256;
  if (depth > kDeepest) return false;
  if (::rmdir(directory.c_str()) == 0 || errno == ENOENT) return true;
  return remove_children(directory, depth) && remove_leaf(directory);
}

bool is_directory(int dir, const std::string& name) {
  struct stat info;
  return ::fstatat(dir, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
}

bool remove_children(const std::string& directory, int depth) {
  const std::optional<Fd> dir = find_file(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
  if (!dir) return true;
  bool all = true;
  for (const std::string& name : list_dir(dir->get()))
    if (is_directory(dir->get(), name)) all = remove_below(cat(directory, "/", name), depth + 1) && all;
  return all;
}

}  // namespace

CgroupUsage read_cgroup_usage(const CgroupLayout& layout, const std::string& path) {
  CgroupUsage usage;
  if (const CgroupHierarchy* memory = layout.find("memory")) {
    const std::string directory = memory->mount_point + path;
    const bool v2 = memory->version == 2;
    usage.memory_current = number_or_zero(directory, v2 ? "memory.current" : "memory.usage_in_bytes");
    usage.memory_peak = number_or_zero(directory, v2 ? "memory.peak" : "memory.max_usage_in_bytes");
    usage.memory_limit = number_or_zero(directory, v2 ? "memory.max" : "memory.limit_in_bytes");
    usage.oom_kills = read_cgroup_keyed(directory, v2 ? "memory.events" : "memory.oom_control")["oom_kill"];
  }
  if (const CgroupHierarchy* pids = layout.find("pids"))
    usage.pids_current = number_or_zero(pids->mount_point + path, "pids.current");
  return usage;
}

std::vector<std::string> list_cgroups(const CgroupLayout& layout, std::string_view prefix, const std::string& parent) {
  std::vector<std::string> found;
  for (const CgroupHierarchy& hierarchy : layout.hierarchies) {
    const std::string top = hierarchy.mount_point + parent;
    const std::optional<Fd> dir = find_file(AT_FDCWD, top, O_RDONLY | O_DIRECTORY);
    if (!dir) continue;
    for (const std::string& name : list_dir(dir->get()))
      if (name.starts_with(prefix) && is_directory(dir->get(), name)) found.push_back(cat(top, "/", name));
  }
  return found;
}

bool try_remove_cgroup(const std::string& directory) {
  return remove_below(directory, 0);
}

}  // namespace minidock::linux
