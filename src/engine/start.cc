// start: another run of a container that exists.
#include <ctime>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/container_cgroup.h"
#include "engine/events.h"
#include "engine/launching.h"
#include "engine/leftovers.h"
#include "engine/mount_sources.h"
#include "engine/restart_policy.h"
#include "engine/root_mount.h"
#include "engine/volume_mounts.h"
#include "engine/waiting.h"

namespace minidock::engine {

namespace {

// race: `wait`, `stop` and `rm` hold the lock for an instant to see that a monitor has gone; they are not a run.
Fd lock_stopped(store::Store& store, const store::ContainerRow& row) {
  constexpr int kTries = 50;
  constexpr timespec kPause = {0, 2'000'000};
  for (int i = 0; i < kTries; ++i) {
    auto lock = store.try_lock_container(row.id);
    const auto run = monitor::find_run_state(store.run_directory(row.id));
    // Also where it has survived its monitor and guard, and nobody holds the lock.
    if (run && find_running_process(*run)) break;
    if (lock) return std::move(*lock);
    ::nanosleep(&kPause, nullptr);
  }
  throw_error(ErrorKind::in_use, "cannot start container \"/", row.name, "\": container is already running");
}

RunningContainer launch_again(store::Store& store, const std::string& id, const Fd& lock) {
  // order: the mark first, so that what is changed after this read leaves another.
  discard_policy_mark(store, id);
  const store::ContainerRow row = store.load_container(id);
  ContainerConfig config = parse_container_config(row.config_json);
  std::vector<std::string> warnings;
  ensure_mount_sources(store, config, row.id);
  const VolumeHolds volumes = hold_volumes(store, config);
  NetworkPlace network(store, row, config);
  monitor::LaunchRequest request = prepare_launch(store, row, config, image_of(store, row), network, warnings);
  // What the last run left must not be taken for this one's.
  discard_later_cgroups(store, row.id);
  discard_cgroups(cgroup_path(store, row.id));  // left where its monitor and guard were killed
  discard_file(AT_FDCWD, request.exit_path);
  discard_file(AT_FDCWD, request.run_directory + "/state");
  discard_changed_events(store, row.id);
  record_volume_mounts(store, row, config);
  request.lock_fd = lock.get();
  monitor::Session session = launch(store, row, request, network);
  return {row.id, std::move(session), std::move(warnings)};
}

}  // namespace

RunningContainer Engine::start(std::string_view name_or_id) {
  const store::ContainerRow row = store_.load_container(name_or_id);
  if (is_frozen(row.id)) {
    throw_error(ErrorKind::conflict, "cannot start a paused container, try unpause instead");
  }
  Fd lock = lock_stopped(store_, row);
  // Who starts it by hand wants it to run, and begins a new series.
  begin_restarts(store_, row.id);
  return start_again(row, std::move(lock));
}

RunningContainer Engine::start_again(const store::ContainerRow& row, Fd lock) {
  // kernel: two overlays of one upper directory are undefined. Who has it mounted sees the new one afterwards.
  const bool mounted = suspend_root_mount(store_.location(), row);
  RunningContainer container = launch_again(store_, row.id, lock);
  if (mounted) {
    lock.reset();  // it may have ended already: then the mount takes the lock
    try {
      mount(row.id);
    } catch (const Error& error) {
      container.warnings.push_back(error.what());
    }
  }
  return container;
}

}  // namespace minidock::engine
