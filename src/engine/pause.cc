// pause and unpause: the cgroup freezer. What the kernel says is the state; nothing of it is stored.
#include "base/error.h"
#include "base/text.h"
#include "engine/container_cgroup.h"
#include "engine/events.h"
#include "engine/leftovers.h"
#include "engine/waiting.h"
#include "linux/cgroup_join.h"
#include "linux/cgroup_processes.h"

namespace minidock::engine {

namespace {

// v2 has the freezer in every cgroup. v1's is a hierarchy of its own, which a start does not join for what most
// containers never need; what an exec or a fork brought since the last pause is moved there too.
void freeze_container(const linux::CgroupLayout& layout, const std::string& path) {
  const linux::CgroupHierarchy* v1 = layout.find("freezer");
  if (v1 != nullptr && v1->version == 1) linux::ensure_controller(layout, path, "freezer");
  linux::freeze_cgroup(layout, path);
}

[[noreturn]] void throw_not_running(const ContainerView& view) {
  throw_error(ErrorKind::conflict, "Container ", view.row.id, " is not running");
}

}  // namespace

const linux::CgroupLayout& Engine::cgroup_layout() {
  if (!cgroup_layout_) cgroup_layout_ = linux::read_cgroup_layout();
  return *cgroup_layout_;
}

bool Engine::is_frozen(const std::string& id) {
  // Most were never paused, and `ps` asks for each.
  if (!has_later_cgroups(store_, id)) return false;
  return linux::is_cgroup_frozen(cgroup_layout(), cgroup_path(store_, id));
}

void Engine::ensure_thawed(const std::string& id) {
  if (is_frozen(id)) linux::thaw_cgroup(cgroup_layout(), cgroup_path(store_, id));
}

void Engine::pause(std::string_view name_or_id) {
  const ContainerView view = load(name_or_id);
  if (!view.is_up() || !find_running_process(view.run)) throw_not_running(view);
  if (view.state == ContainerState::paused) {
    throw_error(ErrorKind::conflict, "Container ", view.row.id, " is already paused");
  }
  // order: the mark first, so that whoever ends the container knows of the cgroup, whenever this command is killed.
  mark_later_cgroups(store_, view.row.id);
  try {
    freeze_container(cgroup_layout(), cgroup_path(store_, view.row.id));
  } catch (const Error& error) {
    // race: it has ended meanwhile, and with it the cgroups that were to be frozen.
    if (!find_running_process(view.run)) throw_not_running(view);
    throw error.with_context(cat("Cannot pause container ", view.row.id));
  }
  record_container_event(store_, view.row, view.config(), "pause");
}

void Engine::unpause(std::string_view name_or_id) {
  const ContainerView view = load(name_or_id);
  if (view.state != ContainerState::paused) {
    throw_error(ErrorKind::conflict, "Container ", view.row.id, " is not paused");
  }
  linux::thaw_cgroup(cgroup_layout(), cgroup_path(store_, view.row.id));
  record_container_event(store_, view.row, view.config(), "unpause");
}

}  // namespace minidock::engine
