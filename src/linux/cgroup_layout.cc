#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "linux/cgroup.h"

namespace minidock::linux {
namespace {

// What a cgroup mount's super options may hold besides controllers (kernel/cgroup/cgroup-v1.c, cgroup1_fs_parameters).
bool is_controller_option(std::string_view option) {
  static constexpr std::string_view kOthers[] = {"rw",   "ro",  "xattr",          "noprefix",     "clone_children",
                                                 "none", "all", "cpuset_v2_mode", "favordynmods", "nofavordynmods"};
  return !option.empty() && !option.starts_with("release_agent=") &&
         std::find(std::begin(kOthers), std::end(kOthers), option) == std::end(kOthers);
}

// proc(5): space, tab, newline and backslash stand as three octal digits.
std::string unescape(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    const auto code = text[at] == '\\' ? parse_octal(text.substr(at + 1, 3)) : std::nullopt;
    out += code ? static_cast<char>(*code) : text[at];
    if (code) at += 3;
  }
  return out;
}

// The next word of `line`, cut off it.
std::string_view next_word(std::string_view& line) {
  const size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

std::string_view next_line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

struct MountLine {
  std::string_view root, mount_point, type, super_options;
};

// proc(5), /proc/PID/mountinfo: ID parent major:minor root mount_point options [optional fields] - type source
// super_options
bool parse_mount_line(std::string_view line, MountLine& mount) {
  const size_t dash = line.find(" - ");
  if (dash == std::string_view::npos) return false;
  std::string_view tail = line.substr(dash + 3);
  mount.type = next_word(tail);
  if (mount.type != "cgroup" && mount.type != "cgroup2") return false;
  next_word(tail);
  mount.super_options = next_word(tail);
  for (int field = 0; field < 3; ++field) next_word(line);
  mount.root = next_word(line);
  mount.mount_point = next_word(line);
  return true;
}

// A process's cgroup as a path below the mount: /proc/self/cgroup counts from the namespace's root, and so
// does the mount's root field. A cgroup outside the mounted subtree is taken as its top.
std::string below_mount(std::string_view cgroup, std::string_view root) {
  if (root == "/") return std::string(cgroup);
  if (!cgroup.starts_with(root)) return "/";
  const std::string_view rest = cgroup.substr(root.size());
  return rest.empty() || rest.front() != '/' ? "/" : std::string(rest);
}

// The path in the line "ID:controllers:path" that names `controller`; v2's line has ID 0 and no controllers.
std::string self_path(std::string_view self_cgroup, std::string_view controller) {
  while (!self_cgroup.empty()) {
    const std::string_view line = next_line(self_cgroup);
    const size_t first = line.find(':');
    const size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::vector<std::string> controllers = split(line.substr(first + 1, second - first - 1), ',');
    if (std::find(controllers.begin(), controllers.end(), controller) != controllers.end())
      return std::string(line.substr(second + 1));
  }
  return "/";
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  for (std::string& word : split(trim(text), ' '))
    if (!word.empty()) out.push_back(std::move(word));
  return out;
}

// Where the same hierarchy is mounted twice the first mount counts; where two lie on one mount point only the
// later is visible.
void add_hierarchy(std::vector<CgroupHierarchy>& hierarchies, CgroupHierarchy hierarchy) {
  std::erase_if(hierarchies, [&](const CgroupHierarchy& one) { return one.mount_point == hierarchy.mount_point; });
  const bool again = std::any_of(hierarchies.begin(), hierarchies.end(), [&](const CgroupHierarchy& one) {
    return one.version == hierarchy.version && one.controllers == hierarchy.controllers;
  });
  if (!again) hierarchies.push_back(std::move(hierarchy));
}

CgroupMode mode_of(const std::vector<CgroupHierarchy>& hierarchies) {
  bool v1 = false, v2 = false;
  for (const CgroupHierarchy& one : hierarchies) (one.version == 2 ? v2 : v1) = true;
  if (v1 && v2) return CgroupMode::hybrid;
  if (v2) return CgroupMode::v2;
  return v1 ? CgroupMode::v1 : CgroupMode::none;
}

bool is_cgroup_mount(const CgroupHierarchy& hierarchy) {
  struct statfs info;
  if (::statfs(hierarchy.mount_point.c_str(), &info) != 0) return false;
  return info.f_type == (hierarchy.version == 2 ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC);
}

std::string read_word(const std::string& directory, const char* file) {
  return std::string(trim(find_file_text(AT_FDCWD, cat(directory, "/", file)).value_or("")));
}

void read_cpuset(CgroupHierarchy& hierarchy, const std::string& directory) {
  const bool v2 = hierarchy.version == 2;
  hierarchy.cpus = read_word(directory, v2 ? "cpuset.cpus.effective" : "cpuset.cpus");
  hierarchy.mems = read_word(directory, v2 ? "cpuset.mems.effective" : "cpuset.mems");
}

// What a pure plan needs to know of the top's files; at most three small reads.
void read_top(CgroupHierarchy& hierarchy, bool has_cpuset, bool has_memory) {
  const bool v2 = hierarchy.version == 2;
  if (v2) hierarchy.enabled = words(read_word(hierarchy.mount_point, "cgroup.subtree_control"));
  if (has_cpuset) read_cpuset(hierarchy, hierarchy.mount_point);
  if (has_memory && !v2) {
    const std::string file = cat(hierarchy.mount_point, "/memory.memsw.limit_in_bytes");
    hierarchy.limits_swap = ::access(file.c_str(), F_OK) == 0;
  }
}

}  // namespace

bool CgroupHierarchy::has(std::string_view controller) const {
  return std::find(controllers.begin(), controllers.end(), controller) != controllers.end();
}

const CgroupHierarchy* CgroupLayout::unified() const {
  for (const CgroupHierarchy& one : hierarchies)
    if (one.version == 2) return &one;
  return nullptr;
}

const CgroupHierarchy* CgroupLayout::find(std::string_view controller) const {
  const CgroupHierarchy* v2 = unified();
  if (v2 && v2->has(controller)) return v2;
  for (const CgroupHierarchy& one : hierarchies)
    if (one.has(controller)) return &one;
  return nullptr;
}

CgroupLayout parse_cgroup_layout(std::string_view mountinfo, std::string_view self_cgroup,
                                 std::string_view v2_controllers) {
  CgroupLayout layout;
  while (!mountinfo.empty()) {
    MountLine mount;
    if (!parse_mount_line(next_line(mountinfo), mount)) continue;
    CgroupHierarchy hierarchy;
    hierarchy.mount_point = unescape(mount.mount_point);
    hierarchy.root = unescape(mount.root);
    if (mount.type == "cgroup2") {
      hierarchy.version = 2;
      hierarchy.controllers = words(v2_controllers);
      hierarchy.self = below_mount(self_path(self_cgroup, ""), hierarchy.root);
    } else {
      for (std::string& option : split(mount.super_options, ','))
        if (is_controller_option(option)) hierarchy.controllers.push_back(std::move(option));
      if (hierarchy.controllers.empty()) continue;
      hierarchy.self = below_mount(self_path(self_cgroup, hierarchy.controllers.front()), hierarchy.root);
    }
    add_hierarchy(layout.hierarchies, std::move(hierarchy));
  }
  layout.mode = mode_of(layout.hierarchies);
  return layout;
}

CgroupLayout read_cgroup_layout() {
  // A host with thousands of mounts has a large mountinfo: the limit only stops the absurd.
  const std::string mountinfo = read_file(AT_FDCWD, "/proc/self/mountinfo", 256 << 20);
  const std::string self_cgroup = find_file_text(AT_FDCWD, "/proc/self/cgroup").value_or("");
  CgroupLayout layout = parse_cgroup_layout(mountinfo, self_cgroup, "");
  std::erase_if(layout.hierarchies, [](const CgroupHierarchy& one) { return !is_cgroup_mount(one); });
  layout.mode = mode_of(layout.hierarchies);
  for (CgroupHierarchy& one : layout.hierarchies)
    if (one.version == 2) one.controllers = words(read_word(one.mount_point, "cgroup.controllers"));
  const CgroupHierarchy* cpuset = layout.find("cpuset");
  const CgroupHierarchy* memory = layout.find("memory");
  for (CgroupHierarchy& one : layout.hierarchies) read_top(one, &one == cpuset, &one == memory);
  return layout;
}

// One walk down each hierarchy that the plan looks at, until the first part of the path that is missing.
void read_cgroup_parents(CgroupLayout& layout, const std::string& path) {
  const CgroupHierarchy* cpuset = layout.find("cpuset");
  for (CgroupHierarchy& one : layout.hierarchies) {
    const bool v2 = one.version == 2;
    if (!v2 && &one != cpuset) continue;
    one.existing.clear();
    one.enabled_below.clear();
    for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
      const std::string below = path.substr(0, end);
      if (::access(cat(one.mount_point, below).c_str(), F_OK) != 0) break;
      one.existing = below;
      if (v2) one.enabled_below.push_back(words(read_word(one.mount_point + below, "cgroup.subtree_control")));
      if (end == std::string::npos) break;
    }
    if (&one == cpuset && !one.existing.empty()) read_cpuset(one, one.mount_point + one.existing);
  }
}

void expect_delegated(CgroupLayout& layout, const std::string& path) {
  for (CgroupHierarchy& one : layout.hierarchies) {
    if (one.version != 2) continue;
    one.existing = path;
    one.enabled = one.controllers;
    one.enabled_below.assign(static_cast<size_t>(std::count(path.begin(), path.end(), '/')), one.controllers);
    if (!one.enabled_below.empty()) one.enabled_below.back().clear();
  }
}

}  // namespace minidock::linux
