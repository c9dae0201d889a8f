#include "engine/leftovers.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/container_cgroup.h"
#include "linux/cgroup.h"

namespace minidock::engine {

namespace {

constexpr std::string_view kPrefix = "minidock-", kScope = ".scope";

std::string store_suffix(const store::Location& location) {
  return cat("-", short_hash(location.run_root));
}

std::string later_mark(const store::Store& store, const std::string& id) {
  return store.run_directory(id) + "/later-cgroups";
}

bool is_inhabited(const std::string& directory) {
  const auto processes = find_file_text(AT_FDCWD, directory + "/cgroup.procs");
  if (processes && !processes->empty()) return true;
  for (const std::string& name : list_dir(AT_FDCWD, directory)) {
    struct stat info;
    const std::string path = cat(directory, "/", name);
    const bool below = ::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
    if (below && is_inhabited(path)) return true;
  }
  return false;
}

}  // namespace

std::vector<LeftoverCgroup> list_container_cgroups(const store::Location& location) {
  const std::string suffix = store_suffix(location);
  std::vector<LeftoverCgroup> out;
  const linux::CgroupLayout layout = linux::read_cgroup_layout();
  std::vector<std::string> directories = linux::list_cgroups(layout, kPrefix);
  for (std::string& scope : linux::list_cgroups(layout, kPrefix, cat("/", kSlice)))
    directories.push_back(std::move(scope));
  for (const std::string& directory : directories) {
    std::string_view name = std::string_view(directory).substr(directory.rfind('/') + 1);
    if (name.ends_with(kScope)) name.remove_suffix(kScope.size());
    if (!name.ends_with(suffix) || name.size() < kPrefix.size() + suffix.size()) continue;
    name.remove_suffix(suffix.size());
    LeftoverCgroup found{directory, std::string(name.substr(kPrefix.size()))};
    try {
      found.inhabited = is_inhabited(directory);
    } catch (const Error&) {
      continue;  // race: removed while we looked
    }
    out.push_back(std::move(found));
  }
  return out;
}

void discard_cgroups(const std::string& path) {
  const std::string unit = unit_cgroup(path);
  for (const linux::CgroupHierarchy& hierarchy : linux::read_cgroup_layout().hierarchies) {
    const std::string directory = hierarchy.mount_point + path;
    if (exists_at(AT_FDCWD, directory)) linux::try_remove_cgroup(directory);
    // In v1 hierarchies that systemd does not look after.
    if (!unit.empty()) ::rmdir(cat(hierarchy.mount_point, unit).c_str());
  }
}

void mark_later_cgroups(const store::Store& store, const std::string& id) {
  write_file(AT_FDCWD, later_mark(store, id), "");
}

bool has_later_cgroups(const store::Store& store, const std::string& id) {
  return exists_at(AT_FDCWD, later_mark(store, id));
}

void discard_later_cgroups(const store::Store& store, const std::string& id) {
  if (!has_later_cgroups(store, id)) return;
  discard_cgroups(cgroup_path(store, id));
  discard_file(AT_FDCWD, later_mark(store, id));
}

uint64_t free_bytes(const std::string& path) {
  struct statvfs info;
  if (::statvfs(path.c_str(), &info) != 0) throw_errno("ask for the free space of ", path);
  return static_cast<uint64_t>(info.f_bfree) * info.f_frsize;
}

}  // namespace minidock::engine
