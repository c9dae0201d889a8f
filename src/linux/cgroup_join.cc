#include "linux/cgroup_join.h"

#include <fcntl.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/time.h"
#include "linux/cgroup_apply.h"
#include "linux/cgroup_files.h"
#include "linux/cgroup_processes.h"

namespace minidock::linux {
namespace {

using Pids = std::vector<pid_t>;

// Where the start put the container, other than in `target`; "" where it has no cgroup. These three are joined by
// every start (plan_cgroup); any other only serves containers that came about in another way.
std::string first_cgroup(const CgroupLayout& layout, const std::string& path, const std::string& target) {
  for (const char* controller : {"devices", "memory", "pids"}) {
    const CgroupHierarchy* hierarchy = layout.find(controller);
    if (!hierarchy) continue;
    const std::string directory = cgroup_directory(*hierarchy, path);
    if (directory != target && is_cgroup_there(directory)) return directory;
  }
  for (const std::string& directory : find_cgroups(layout, path)) {
    if (directory != target) return directory;
  }
  return "";
}

Pids without(const Pids& all, const Pids& some) {
  Pids out;
  std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::back_inserter(out));
  return out;
}

// One that ended meanwhile needs no move.
void move_process(pid_t pid, const std::string& directory) {
  try {
    write_cgroup({directory, "cgroup.procs", cat(pid)});
  } catch (const Error& error) {
    if (error.error_number() != ESRCH) throw;
  }
}

// race: a process forks while we read the list, and its child stays outside with it: again until nobody is outside.
// Whoever is moved has all later children inside, so this ends.
void move_processes(const std::string& from, const std::string& to) {
  constexpr Nanoseconds kPatience = 10 * kSecond;
  const Nanoseconds deadline = monotonic_now() + kPatience;
  std::set<pid_t> moved;
  for (;;) {
    const Pids inside = processes_below(to);
    const Pids outside = without(processes_below(from), inside);
    if (outside.empty()) break;
    if (monotonic_now() >= deadline) {
      throw_error(ErrorKind::in_use, "cannot move the processes of ", from, " to ", to,
                  ": they are made faster than they can be moved; limit them (update --pids-limit)");
    }
    for (const pid_t pid : outside) move_process(pid, to);
    moved.insert(outside.begin(), outside.end());
  }
  // race: a number that was listed may have had a new owner, not of this container, when it was moved: it goes back.
  const std::string top = to.substr(0, to.rfind('/'));
  for (const pid_t pid : without(processes_below(to), processes_below(from))) {
    if (moved.contains(pid)) move_process(pid, top);
  }
}

// kernel: a v1 cpuset is born empty and takes no process before it has processors and memory nodes.
void fill_cpuset(const CgroupHierarchy& hierarchy, const std::string& directory) {
  for (const auto& [file, value] : {std::pair("cpuset.cpus", hierarchy.cpus), {"cpuset.mems", hierarchy.mems}}) {
    if (trim(read_cgroup_text(directory, file)).empty()) write_cgroup({directory, file, value});
  }
}

void hand_down(const CgroupHierarchy& unified, const std::string& path, const std::string& controller) {
  const std::string_view full = path;
  for (size_t slash = 0; slash != full.npos; slash = full.find('/', slash + 1)) {
    const std::string parent = cat(unified.mount_point, full.substr(0, slash));
    const auto enabled = split(trim(read_cgroup_text(parent, "cgroup.subtree_control")), ' ');
    if (std::find(enabled.begin(), enabled.end(), controller) != enabled.end()) continue;
    write_cgroup({parent, "cgroup.subtree_control", cat("+", controller)});
  }
}

}  // namespace

void ensure_controller(const CgroupLayout& layout, const std::string& path, const std::string& controller) {
  const std::string v2_name = controller == "blkio" ? "io" : controller;
  const CgroupHierarchy* unified = layout.unified();
  if (unified && unified->has(v2_name)) return hand_down(*unified, path, v2_name);
  const CgroupHierarchy* hierarchy = layout.find(controller);
  if (!hierarchy || hierarchy->version != 1) {
    throw_error(ErrorKind::unsupported, "this host has no ", controller, " cgroup controller; mount it");
  }
  const std::string directory = cgroup_directory(*hierarchy, path);
  const std::string from = first_cgroup(layout, path, directory);
  if (from.empty()) {
    // It may be the only one that the container is in.
    if (is_cgroup_there(directory)) return;
    throw_error(ErrorKind::not_found, "the cgroup ", printable(path), " does not exist");
  }
  const std::string_view full = path;
  for (size_t slash = 0; slash != full.npos;) {
    slash = full.find('/', slash + 1);
    const std::string made = cat(hierarchy->mount_point, full.substr(0, slash));
    ensure_dir(AT_FDCWD, made, 0755);
    if (hierarchy->has("cpuset")) fill_cpuset(*hierarchy, made);
  }
  move_processes(from, directory);
}

std::vector<pid_t> container_processes(const CgroupLayout& layout, const std::string& path) {
  return processes_below(first_cgroup(layout, path, ""));
}

}  // namespace minidock::linux
