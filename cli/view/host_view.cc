#include "cli/view/host_view.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/file.h"

namespace minidock::cli {
namespace {

struct CgroupMount {
  std::string at, root;                  // where it is mounted, and which directory of the hierarchy is there
  std::vector<std::string> controllers;  // version 1; {"unified"} for version 2
};

// proc(5), mountinfo: ID PARENT MAJOR:MINOR ROOT TARGET OPTIONS [TAGS…] - TYPE SOURCE SUPER-OPTIONS.
std::vector<CgroupMount> read_cgroup_mounts() {
  std::vector<CgroupMount> mounts;
  for (const std::string& line : split(read_file(AT_FDCWD, "/proc/self/mountinfo"), '\n')) {
    const auto fields = split(line, ' ');
    const auto dash = std::find(fields.begin(), fields.end(), "-");
    if (fields.size() < 6 || fields.end() - dash < 4) continue;
    if (dash[1] == "cgroup2") mounts.push_back({fields[4], fields[3], {"unified"}});
    if (dash[1] == "cgroup") mounts.push_back({fields[4], fields[3], split(dash[3], ',')});
  }
  return mounts;
}

std::string join_path(const CgroupMount& mount, std::string path) {
  if (mount.root != "/" && path.starts_with(mount.root)) path = path.substr(mount.root.size());
  return path == "/" || path.empty() ? mount.at : cat(mount.at, path);
}

}  // namespace

std::map<std::string, std::string> cgroup_directories(int pid) {
  std::map<std::string, std::string> directories;
  const auto text = find_file_text(AT_FDCWD, cat("/proc/", pid, "/cgroup"));
  if (!text || pid <= 0) return directories;
  const auto mounts = read_cgroup_mounts();
  for (const std::string& line : split(*text, '\n')) {  // cgroups(7): ID:CONTROLLERS:PATH
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string names = line.substr(first + 1, second - first - 1);
    for (const std::string& controller : split(names.empty() ? "unified" : names, ',')) {
      for (const CgroupMount& mount : mounts) {
        const auto& held = mount.controllers;
        if (std::find(held.begin(), held.end(), controller) == held.end()) continue;
        directories.emplace(controller, join_path(mount, line.substr(second + 1)));
      }
    }
  }
  return directories;
}

std::string cgroup_version() {
  bool one = false, two = false;
  for (const CgroupMount& mount : read_cgroup_mounts()) {
    const bool unified = mount.controllers == std::vector<std::string>{"unified"};
    (unified ? two : one) = true;
  }
  return one && two ? "1 and 2 (hybrid)" : one ? "1" : two ? "2" : "none mounted";
}

std::string kernel_release() {
  utsname names{};
  return uname(&names) == 0 ? names.release : "";
}

std::string operating_system() {
  for (const std::string& line : split(find_file_text(AT_FDCWD, "/etc/os-release").value_or(""), '\n')) {
    if (!line.starts_with("PRETTY_NAME=")) continue;
    std::string name = line.substr(12);
    std::erase(name, '"');
    return name;
  }
  return "Linux";
}

uint64_t total_memory() {
  return static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace minidock::cli
