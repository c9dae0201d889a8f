#include "runtime/lifecycle/exec_cgroups.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"

namespace minidock::runtime {

namespace {

struct Chosen {
  const linux::CgroupHierarchy* hierarchy;
  std::string below;  // "" or "/a/b"
};

// "/a/b" of "a/b/"; throws for "..".
std::string clean_below(const std::string& path) {
  std::string clean;
  for (const std::string& part : split(path, '/')) {
    if (part == "..") throw_error(ErrorKind::invalid, "bad sub cgroup path: ", printable(path));
    if (!part.empty() && part != ".") clean += cat("/", part);
  }
  return clean;
}

const linux::CgroupHierarchy& controller_hierarchy(const linux::CgroupLayout& layout, const std::string& controller) {
  const linux::CgroupHierarchy* found = layout.find(controller);
  if (!found) throw_error(ErrorKind::invalid, "unknown controller ", printable(controller));
  return *found;
}

std::vector<Chosen> choose(const linux::CgroupLayout& layout, const std::string& path,
                           const std::vector<std::string>& sub_cgroups) {
  std::vector<Chosen> chosen;
  for (const linux::CgroupHierarchy& hierarchy : layout.hierarchies) {
    if (exists_at(AT_FDCWD, hierarchy.mount_point + path)) chosen.push_back({&hierarchy, ""});
  }
  for (const std::string& text : sub_cgroups) {
    const size_t colon = text.find(':');
    const std::string below = clean_below(colon == std::string::npos ? text : text.substr(colon + 1));
    if (colon == std::string::npos) {
      for (Chosen& one : chosen) one.below = below;
      continue;
    }
    for (const std::string& controller : split(text.substr(0, colon), ',')) {
      const linux::CgroupHierarchy& hierarchy = controller_hierarchy(layout, controller);
      for (Chosen& one : chosen) {
        if (one.hierarchy == &hierarchy) one.below = below;
      }
    }
  }
  return chosen;
}

bool hands_controllers_down(const std::string& directory) {
  return !trim(find_file_text(AT_FDCWD, cat(directory, "/cgroup.subtree_control")).value_or("")).empty();
}

std::string unified_cgroup_of(const LiveProcess& process, const linux::CgroupHierarchy& unified) {
  const linux::CgroupLayout seen =
      linux::parse_cgroup_layout(read_file(AT_FDCWD, "/proc/self/mountinfo"), read_file(process.proc(), "cgroup"), "");
  return seen.unified() ? unified.mount_point + seen.unified()->self : "";
}

}  // namespace

ExecCgroups exec_cgroups(const linux::CgroupLayout& layout, const std::string& path, const LiveProcess& init,
                         const std::vector<std::string>& sub_cgroups) {
  ExecCgroups out;
  if (path.empty()) return out;
  for (const Chosen& one : choose(layout, path, sub_cgroups)) {
    std::string directory = cat(one.hierarchy->mount_point, path, one.below);
    if (!exists_at(AT_FDCWD, directory))
      throw_error(ErrorKind::not_found, "error adding pid to cgroup ", directory, ": no such file or directory");
    if (one.hierarchy->version == 1) {
      out.v1_directories.push_back(std::move(directory));
    } else {
      const bool take_inits = sub_cgroups.empty() && hands_controllers_down(directory);
      out.v2_directory = take_inits ? unified_cgroup_of(init, *one.hierarchy) : directory;
    }
  }
  return out;
}

}  // namespace minidock::runtime
