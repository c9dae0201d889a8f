// Which processes a container has.
#include "base/error.h"
#include "engine/container_cgroup.h"
#include "engine/events.h"
#include "engine/leftovers.h"
#include "linux/cgroup_join.h"

namespace minidock::engine {

std::vector<pid_t> Engine::processes(std::string_view name_or_id) {
  const ContainerView view = load(name_or_id);
  if (!view.is_up()) throw_error(ErrorKind::conflict, "Container ", view.row.id, " is not running");
  record_container_event(store_, view.row, view.config(), "top");
  return linux::container_processes(cgroup_layout(), cgroup_path(store_, view.row.id));
}

}  // namespace minidock::engine
