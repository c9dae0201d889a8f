#include "engine/container_tree.h"

#include <sys/mount.h>

#include <algorithm>
#include <ctime>

#include "base/error.h"
#include "base/file.h"
#include "engine/launching.h"
#include "engine/mount_sources.h"
#include "engine/waiting.h"
#include "linux/detached_mount.h"
#include "oci/path.h"

namespace minidock::engine {

namespace {

// What a running container's process gives, or a lock where there is none.
struct Hold {
  ContainerView view;
  Fd namespace_fd, root;  // running
  Fd lock;                // not
};

// race: `start`, `rm` and others of our kind hold the lock while they are at work; each is short, or ends in a
// container that runs.
Hold hold_container(Engine& engine, const std::string& id) {
  constexpr timespec kPause = {0, 5'000'000};
  const Nanoseconds deadline = monotonic_now() + 30 * kSecond;
  for (;;) {
    Hold hold;
    hold.view = engine.load(id);
    if (find_running_process(hold.view.run)) {
      const std::string process = cat("/proc/", hold.view.run.pid);
      std::optional<Fd> space = find_file(AT_FDCWD, process + "/ns/mnt", O_RDONLY);
      std::optional<Fd> root = find_file(AT_FDCWD, process + "/root", O_PATH | O_DIRECTORY);
      // race: only if it still lives were these the container's, and not those of another process of that number.
      if (space && root && find_running_process(hold.view.run)) {
        hold.namespace_fd = std::move(*space);
        hold.root = std::move(*root);
        return hold;
      }
    } else if (auto lock = engine.store().try_lock_container(id)) {
      hold.lock = std::move(*lock);
      return hold;
    }
    if (monotonic_now() >= deadline) {
      throw_error(ErrorKind::in_use, "cannot read container \"/", hold.view.row.name,
                  "\": another command holds it; try again");
    }
    ::nanosleep(&kPause, nullptr);
  }
}

// Its volumes and binds. Those of memory are empty when it does not run, and go with it.
std::vector<linux::KeptMount> kept_mounts(store::Store& store, const ContainerConfig& config) {
  std::vector<linux::KeptMount> mounts;
  for (const MountOption& mount : config.mounts) {
    Fd source = find_mount_source(store, mount);
    // Removed from the host since: the start will say so, or make it anew.
    if (!source) continue;
    // What would be written over it goes at the next start.
    const bool read_only = mount.read_only || mount.overlay;
    mounts.push_back({std::move(source), mount.source, oci::clean_path("", mount.target), read_only});
  }
  // order: a mount on /data hides one made on /data/cache before it.
  const auto depth = [](const linux::KeptMount& mount) {
    return std::count(mount.target.begin(), mount.target.end(), '/');
  };
  std::stable_sort(mounts.begin(), mounts.end(), [&](const auto& a, const auto& b) { return depth(a) < depth(b); });
  return mounts;
}

linux::OverlayDirectories overlay_of(store::Store& store, const ContainerView& view) {
  linux::OverlayDirectories overlay;
  overlay.lowers = store.open_layers(image_of(store, view.row));
  const std::string directory = store.container_directory(view.row.id);
  overlay.upper = directory + "/upper";
  overlay.work = directory + "/work";
  overlay.read_only = view.config().read_only;
  return overlay;
}

// Empty where it is not mounted on the host.
Fd copy_root_mount(Engine& engine, const std::string& id, uint64_t attributes) {
  const std::string path = engine.find_mount(id);
  if (path.empty()) return Fd();
  return linux::clone_mount(open_file(AT_FDCWD, path, O_PATH | O_DIRECTORY).get(), false, attributes);
}

}  // namespace

ContainerTree ContainerTree::open_root(Engine& engine, const std::string& id) {
  Hold hold = hold_container(engine, id);
  ContainerTree tree;
  if (hold.root) {
    tree.root_ = linux::clone_root_of(hold.namespace_fd.get(), MOUNT_ATTR_RDONLY);
    return tree;
  }
  tree.lock_ = std::move(hold.lock);
  if ((tree.root_ = copy_root_mount(engine, id, MOUNT_ATTR_RDONLY))) return tree;
  linux::OverlayDirectories overlay = overlay_of(engine.store(), hold.view);
  // Read only: what is above is one more layer, and needs no working directory.
  overlay.lowers.insert(overlay.lowers.begin(), overlay.upper);
  overlay.upper = overlay.work = "";
  tree.root_ = linux::make_overlay(overlay);
  return tree;
}

ContainerTree ContainerTree::open_mountable(Engine& engine, const std::string& id) {
  constexpr uint64_t kAttributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  Hold hold = hold_container(engine, id);
  ContainerTree tree;
  tree.view_ = hold.view;
  if (hold.root) {
    tree.root_ = linux::clone_root_of(hold.namespace_fd.get(), kAttributes);
    return tree;
  }
  tree.lock_ = std::move(hold.lock);
  linux::OverlayDirectories overlay = overlay_of(engine.store(), hold.view);
  overlay.attributes = kAttributes;
  tree.root_ = linux::make_overlay(overlay);
  return tree;
}

ContainerTree ContainerTree::open_all(Engine& engine, const std::string& id) {
  Hold hold = hold_container(engine, id);
  ContainerTree tree;
  if (hold.root) {
    tree.root_ = std::move(hold.root);
    tree.mount_namespace_ = std::move(hold.namespace_fd);
    return tree;
  }
  tree.lock_ = std::move(hold.lock);
  Fd overlay = copy_root_mount(engine, id, 0);
  if (!overlay) overlay = linux::make_overlay(overlay_of(engine.store(), hold.view));
  tree.volumes_ = hold_volumes(engine.store(), hold.view.config());
  tree.keeper_ = linux::MountKeeper::start(overlay.get(), kept_mounts(engine.store(), hold.view.config()));
  const std::string process = cat("/proc/", tree.keeper_->pid());
  tree.root_ = open_file(AT_FDCWD, process + "/root", O_PATH | O_DIRECTORY);
  tree.mount_namespace_ = open_file(AT_FDCWD, process + "/ns/mnt", O_RDONLY);
  return tree;
}

}  // namespace minidock::engine
