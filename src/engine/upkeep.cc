// check and sweep: what is left over, and taking it away.
#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "engine/container_cgroup.h"
#include "engine/events.h"
#include "engine/leftovers.h"
#include "engine/network_leaving.h"
#include "engine/network_names.h"
#include "engine/root_mount.h"
#include "engine/waiting.h"

namespace minidock::engine {

namespace {

using Names = std::set<std::string>;

Names ids_of(store::Store& store) {
  Names ids;
  for (const store::ContainerRow& row : store.list_containers()) ids.insert(row.id);
  return ids;
}

// kernel: an empty cgroup costs memory and a name, and nothing else; rmdir is all it takes.
store::Problem describe(const LeftoverCgroup& cgroup) {
  if (cgroup.inhabited) {
    return {"leftover process", cgroup.directory, "processes run in the cgroup of a container that does not exist",
            false};
  }
  return {"leftover cgroup", cgroup.directory, "no container has it", true};
}

}  // namespace

std::vector<store::Problem> Engine::check(const store::CheckOptions& options) {
  std::vector<store::Problem> problems = store_.check(options);
  // order: cgroups and mounts first. A container's row is there before them, so that those of a container just being
  // started are never taken for leftovers.
  const std::vector<LeftoverCgroup> cgroups = list_container_cgroups(store_.location());
  const std::vector<std::string> places = list_root_mount_places(store_.location());
  const Names known = ids_of(store_);
  for (const LeftoverCgroup& cgroup : cgroups) {
    if (known.count(cgroup.id) == 0) problems.push_back(describe(cgroup));
  }
  for (const std::string& id : places) {
    if (known.count(id) != 0) continue;
    problems.push_back({"leftover mount", root_mount_path(store_.location(), id), "no container has it", true});
  }
  for (const std::string& path : list_dead_names(store_)) {
    problems.push_back({"leftover name", path, "its container was killed with its monitor", true});
  }
  for (const store::ContainerRow& row : store_.list_containers()) {
    if (!row.ephemeral || is_locked(store_.run_directory(row.id))) continue;
    if (view_of(row).state != ContainerState::exited) continue;
    problems.push_back({"ended --rm container", row.name, "who was to remove it was killed", true});
  }
  return problems;
}

void Engine::sweep_mounts() {
  for (const std::string& id : list_root_mount_places(store_.location())) {
    if (!store_.find_container(id)) try_call([&] { discard_root_mount(store_.location(), id); });
  }
}

void Engine::sweep_leftovers(const std::vector<ContainerView>& containers) {
  sweep_mounts();
  try_call([this] { sweep_networks(store_); });
  for (const ContainerView& view : containers) {
    if (view.state != ContainerState::exited) continue;
    const bool unseen = view.finished == 0;  // no monitor saw it to the end, so none removed its cgroups
    if (!unseen && !view.row.ephemeral && !has_later_cgroups(store_, view.row.id)) continue;
    try_call([&] {
      // race: under the lock, so that nobody starts it again and finds its cgroup gone.
      const auto lock = store_.try_lock_container(view.row.id);
      if (!lock) return;
      if (unseen) discard_cgroups(cgroup_path(store_, view.row.id));
      discard_later_cgroups(store_, view.row.id);
      if (view.row.ephemeral) cleanup(view.row.id);
    });
  }
}

uint64_t Engine::sweep() {
  const Names known = ids_of(store_);
  for (const LeftoverCgroup& cgroup : list_container_cgroups(store_.location())) {
    if (known.count(cgroup.id) == 0 && !cgroup.inhabited) linux::try_remove_cgroup(cgroup.directory);
  }
  sweep_mounts();
  sweep_networks(store_);
  return store_.sweep();
}

}  // namespace minidock::engine
