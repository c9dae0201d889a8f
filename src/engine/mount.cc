// mount and unmount: a container's files where the host sees them.
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container_tree.h"
#include "engine/root_mount.h"
#include "engine/waiting.h"

namespace minidock::engine {

std::string Engine::mount(std::string_view name_or_id) {
  if (::geteuid() != 0) {
    throw_error(ErrorKind::permission,
                "mount: only root may mount a container's files; minidock cp reads them as well");
  }
  const std::string id = store_.load_container(name_or_id).id;
  const store::Location& location = store_.location();
  const std::string path = root_mount_path(location, id);
  if (has_root_mount(location, id)) return path;
  for (;;) {
    const ContainerTree tree = ContainerTree::open_mountable(*this, id);
    attach_root_mount(location, id, tree.root());
    // race: one that has ended by now may have been started again, on another overlay of the same directories.
    if (!tree.view().is_up() || find_running_process(tree.view().run)) return path;
    discard_root_mount(location, id);
  }
}

void Engine::unmount(std::string_view name_or_id, bool force) {
  const store::ContainerRow row = store_.load_container(name_or_id);
  if (find_mount(row.id).empty()) {
    throw_error(ErrorKind::conflict, "cannot unmount container ", printable(name_or_id), ": it is not mounted");
  }
  if (force) return discard_root_mount(store_.location(), row.id);
  detach_root_mount(store_.location(), row);
}

std::string Engine::find_mount(const std::string& id) const {
  return has_root_mount(store_.location(), id) ? root_mount_path(store_.location(), id) : "";
}

}  // namespace minidock::engine
