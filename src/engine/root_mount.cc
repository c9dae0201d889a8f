#include "engine/root_mount.h"

#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/detached_mount.h"

namespace minidock::engine {

namespace {

std::string places(const store::Location& location) {
  return location.run_root + "/mounts";
}

// Never its content: that is the container's. Refused, and so no harm, where it is in use after all.
void discard_place(const std::string& path) {
  ::rmdir(path.c_str());
}

}  // namespace

std::string root_mount_path(const store::Location& location, const std::string& id) {
  return cat(places(location), "/", id);
}

bool has_root_mount(const store::Location& location, const std::string& id) {
  return linux::is_mount_point(root_mount_path(location, id));
}

void attach_root_mount(const store::Location& location, const std::string& id, int mount) {
  ensure_dirs(places(location), 0700);
  const std::string path = root_mount_path(location, id);
  ensure_dir(AT_FDCWD, path, 0700);
  try {
    linux::attach_mount(mount, path);
  } catch (...) {
    discard_root_mount(location, id);
    throw;
  }
}

void detach_root_mount(const store::Location& location, const store::ContainerRow& row) {
  const std::string path = root_mount_path(location, row.id);
  if (linux::is_mount_point(path) && !linux::try_unmount(path, false)) {
    throw_error(ErrorKind::in_use, "container \"/", row.name, "\": its files are mounted at ", path,
                " and a process is in there; end it, or minidock unmount -f ", row.name);
  }
  discard_place(path);
}

void discard_root_mount(const store::Location& location, const std::string& id) {
  const std::string path = root_mount_path(location, id);
  if (!exists_at(AT_FDCWD, path)) return;
  while (linux::is_mount_point(path) && linux::try_unmount(path, true)) {
  }
  discard_place(path);
}

bool suspend_root_mount(const store::Location& location, const store::ContainerRow& row) {
  if (!exists_at(AT_FDCWD, root_mount_path(location, row.id))) return false;
  const bool mounted = has_root_mount(location, row.id);
  detach_root_mount(location, row);
  return mounted;
}

std::vector<std::string> list_root_mount_places(const store::Location& location) {
  if (!exists_at(AT_FDCWD, places(location))) return {};
  return list_dir(AT_FDCWD, places(location));
}

}  // namespace minidock::engine
