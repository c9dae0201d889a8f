// check and prune: what is left over, and taking it away.
#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "engine/engine.h"
#include "engine/leftovers.h"
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

template <typename Call>
bool try_call(Call call) {
  try {
    call();
    return true;
  } catch (const Error&) {
    return false;  // in use since we looked: what is in use is not garbage
  }
}

}  // namespace

std::vector<store::Problem> Engine::check(bool deep) {
  std::vector<store::Problem> problems = store_.check(deep);
  // order: cgroups first. A container's row is there before its cgroup, so that one of a container just being
  // started is never taken for a leftover.
  const std::vector<LeftoverCgroup> cgroups = list_container_cgroups(store_.location());
  const Names known = ids_of(store_);
  for (const LeftoverCgroup& cgroup : cgroups) {
    if (known.count(cgroup.id) == 0) problems.push_back(describe(cgroup));
  }
  for (const store::ContainerRow& row : store_.list_containers()) {
    if (!row.ephemeral || is_locked(store_.run_directory(row.id))) continue;
    if (view_of(row).state != ContainerState::exited) continue;
    problems.push_back({"ended --rm container", row.name, "who was to remove it was killed", true});
  }
  return problems;
}

void Engine::sweep_leftovers(const std::vector<ContainerView>& containers) {
  for (const ContainerView& view : containers) {
    if (view.state != ContainerState::exited) continue;
    const bool unseen = view.finished == 0;  // no monitor saw it to the end, so none removed its cgroups
    if (!unseen && !view.row.ephemeral && !has_later_cgroups(store_, view.row.id)) continue;
    try_call([&] {
      // race: under the lock, so that nobody starts it again and finds its cgroup gone.
      const auto lock = store_.try_lock_container(view.row.id);
      if (!lock) return;
      if (unseen) discard_cgroups(store_.location(), view.row.id);
      discard_later_cgroups(store_, view.row.id);
      if (view.row.ephemeral) cleanup(view.row.id);
    });
  }
}

Engine::Pruned Engine::prune_containers() {
  Pruned out;
  for (const ContainerView& view : list()) {
    if (view.is_up() || view.row.ephemeral) continue;
    const bool gone = try_call([&] { out.freed += remove(view.row.id, false, false).freed; });
    if (gone) out.containers.push_back(view.row.id);
  }
  return out;
}

Engine::Pruned Engine::prune_images(bool all) {
  Pruned out;
  const uint64_t free_before = free_bytes(store_.location().root);
  std::set<oci::ImageId> used;
  for (const store::ContainerRow& row : store_.list_containers()) used.insert(row.image);
  for (const store::ImageRow& image : store_.list_images()) {
    if (used.count(image.id) != 0 || (!all && !image.tags.empty())) continue;
    // By its ID, and forced, as an image may have several names; one that a container took since is refused.
    try_call([&] {
      for (std::string& line : store_.remove_image(image.id.text(), true)) out.images.push_back(std::move(line));
    });
  }
  const uint64_t free_after = free_bytes(store_.location().root);
  if (free_after > free_before) out.freed = free_after - free_before;
  return out;
}

Engine::Pruned Engine::prune_system(bool all_images, bool volumes) {
  Pruned out = prune_containers();
  Pruned images = prune_images(all_images);
  out.images = std::move(images.images);
  const uint64_t free_before = free_bytes(store_.location().root);
  Names used;
  for (const store::ContainerRow& row : store_.list_containers()) {
    for (const MountOption& mount : parse_container_config(row.config_json).mounts) used.insert(mount.source);
  }
  for (const store::VolumeRow& volume : store_.list_volumes()) {
    if (!volumes || !volume.anonymous || used.count(volume.name) != 0) continue;
    if (try_call([&] { store_.remove_volume(volume.name); })) out.volumes.push_back(volume.name);
  }
  const Names known = ids_of(store_);
  for (const LeftoverCgroup& cgroup : list_container_cgroups(store_.location())) {
    if (known.count(cgroup.id) == 0 && !cgroup.inhabited) linux::try_remove_cgroup(cgroup.directory);
  }
  store_.sweep();
  const uint64_t free_after = free_bytes(store_.location().root);
  out.freed += images.freed + (free_after > free_before ? free_after - free_before : 0);
  return out;
}

}  // namespace minidock::engine
