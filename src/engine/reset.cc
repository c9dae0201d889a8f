// reset: all that the store holds, and then the store's own files.
#include "base/error.h"
#include "engine/engine.h"
#include "engine/leftovers.h"
#include "engine/networks.h"
#include "engine/waiting.h"
#include "linux/syscalls.h"

namespace minidock::engine {

namespace {

// The monitor of a container that is up, if any. What it executes at its end, for --rm, opens the store; so it is
// waited for, or the store would be made anew behind us.
Fd find_monitor(const store::Store& store, const std::string& id) {
  const auto run = monitor::find_run_state(store.run_directory(id));
  if (!run || !is_locked(store.run_directory(id))) return Fd();
  return Fd(linux::pidfd_open(run->monitor_pid, 0));
}

}  // namespace

Engine::Pruned Engine::reset() {
  constexpr Nanoseconds kPatience = 10 * kSecond;
  Pruned out;
  const uint64_t free_before = free_bytes(store_.location().root);
  for (const store::ContainerRow& row : store_.list_containers()) {
    const Fd monitor = find_monitor(store_, row.id);
    try {
      remove(row.id, true, true);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) throw;  // race: it ended, and --rm removed it
    }
    if (monitor) wait_for_process(monitor.get(), kPatience);
    out.containers.push_back(row.id);
  }
  for (const store::ImageRow& image : store_.list_images()) {
    for (std::string& line : remove_image(image.id.text(), true, true)) out.images.push_back(std::move(line));
  }
  for (const store::VolumeRow& volume : store_.list_volumes()) {
    remove_volume(volume.name);
    out.volumes.push_back(volume.name);
  }
  remove_all_networks(store_);
  sweep();
  store_.erase();
  const uint64_t free_after = free_bytes(store_.location().root);
  if (free_after > free_before) out.freed = free_after - free_before;
  return out;
}

}  // namespace minidock::engine
