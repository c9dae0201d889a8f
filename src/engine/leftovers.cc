#include "engine/leftovers.h"

#include <sys/statvfs.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/cgroup.h"

namespace minidock::engine {

namespace {

constexpr std::string_view kPrefix = "minidock-";

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

std::string cgroup_name(const store::Location& location, const std::string& id) {
  return cat(kPrefix, id, store_suffix(location));
}

std::string cgroup_path(const store::Location& location, const std::string& id) {
  return cat("/", cgroup_name(location, id));
}

std::vector<LeftoverCgroup> list_container_cgroups(const store::Location& location) {
  const std::string suffix = store_suffix(location);
  std::vector<LeftoverCgroup> out;
  for (const std::string& directory : linux::list_cgroups(linux::read_cgroup_layout(), kPrefix)) {
    if (!directory.ends_with(suffix)) continue;
    const size_t start = directory.rfind('/') + 1 + kPrefix.size();
    if (directory.size() < start + suffix.size()) continue;
    LeftoverCgroup found{directory, directory.substr(start, directory.size() - start - suffix.size())};
    try {
      found.inhabited = is_inhabited(directory);
    } catch (const Error&) {
      continue;  // race: removed while we looked
    }
    out.push_back(std::move(found));
  }
  return out;
}

void discard_cgroups(const store::Location& location, const std::string& id) {
  const std::string name = cgroup_name(location, id);
  for (const linux::CgroupHierarchy& hierarchy : linux::read_cgroup_layout().hierarchies) {
    const std::string directory = cat(hierarchy.mount_point, "/", name);
    if (exists_at(AT_FDCWD, directory)) linux::try_remove_cgroup(directory);
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
  discard_cgroups(store.location(), id);
  discard_file(AT_FDCWD, later_mark(store, id));
}

uint64_t free_bytes(const std::string& path) {
  struct statvfs info;
  if (::statvfs(path.c_str(), &info) != 0) throw_errno("ask for the free space of ", path);
  return static_cast<uint64_t>(info.f_bfree) * info.f_frsize;
}

}  // namespace minidock::engine
