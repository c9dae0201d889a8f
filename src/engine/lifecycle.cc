// signal, stop, wait, remove, cleanup.
#include <csignal>
#include <ctime>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/signals.h"
#include "base/text.h"
#include "engine/container_cgroup.h"
#include "engine/events.h"
#include "engine/identity_files.h"
#include "engine/launching.h"
#include "engine/leftovers.h"
#include "engine/network_leaving.h"
#include "engine/network_names.h"
#include "engine/restart.h"
#include "engine/restart_policy.h"
#include "engine/root_mount.h"
#include "engine/waiting.h"
#include "linux/syscalls.h"

namespace minidock::engine {

namespace {

constexpr int kDefaultStopTimeout = 10;             // seconds
constexpr Nanoseconds kKillTimeout = 10 * kSecond;  // what SIGKILL needs on a machine that still works

// The exit code of a container whose process has ended: as its monitor recorded it, or, where the monitor was
// killed, as the kernel tells, recorded here.
int settle_exit(const store::Store& store, const store::ContainerRow& row, int pidfd) {
  const std::string path = exit_record_path(store, row);
  if (const auto record = await_exit_record(store.run_directory(row.id), path)) return record->code;
  const auto code = find_exit_code(pidfd);
  if (!code) return kUnknownExit;
  const bool removed = !exists_at(AT_FDCWD, store.container_directory(row.id));
  if (!row.ephemeral && !removed) {
    monitor::ExitRecord record;
    record.code = *code;
    record.finished = now();
    monitor::write_exit_record(path, record);
  }
  return *code;
}

// A process that is gone by now has got what the signal was for.
void send_signal(int pidfd, const store::ContainerRow& row, int signal) {
  if (linux::pidfd_send_signal(pidfd, signal) == 0 || errno == ESRCH) return;
  throw_errno("Cannot kill container: ", row.name);
}

// Docker's rule: what may end the container also wakes it. It takes any signal for that where no stop signal was set.
bool ends_a_pause(const ContainerConfig& config, int signal) {
  const bool set = !config.stop_signal.empty() || !config.image_defaults.stop_signal.empty();
  return signal == SIGKILL || !set || signal == parse_signal(stop_signal(config));
}

// kernel: a signal that PID 1 of a pid namespace has no handler for does nothing to it (pid_namespaces(7)).
bool handles_signal(int pid, int signal) {
  const auto status = find_file_text(AT_FDCWD, cat("/proc/", pid, "/status"));
  const size_t caught = status ? status->find("\nSigCgt:\t") : std::string::npos;
  if (caught == std::string::npos) return true;  // it has just ended
  return (std::stoull(status->substr(caught + 9, 16), nullptr, 16) >> (signal - 1) & 1) != 0;
}

std::string notice_of(const ContainerView& view, int signal, int seconds_left) {
  const std::string name = signal_name(signal);
  std::string text = cat(view.row.name, " has not ended a second after ", name);
  if (!handles_signal(view.run.pid, signal)) {
    text += cat(": its PID 1 does not handle ", name,
                ", and the kernel then ignores it (--init helps, or a --stop-signal)");
  }
  if (seconds_left < 0) return text + "; waiting";
  return cat(text, "; SIGKILL follows in ", seconds_left, seconds_left == 1 ? " second" : " seconds");
}

// False after `seconds`, -1: never.
bool wait_for_end(const ContainerView& view, int process, int signal, int seconds,
                  const std::function<void(const std::string&)>& notice) {
  std::optional<Nanoseconds> patience;
  if (seconds >= 0) patience = seconds * kSecond;
  if (notice && (!patience || *patience > kSecond)) {
    if (wait_for_process(process, kSecond)) return true;
    notice(notice_of(view, signal, seconds < 0 ? seconds : seconds - 1));
    if (patience) *patience -= kSecond;
  }
  return wait_for_process(process, patience);
}

}  // namespace

std::optional<Fd> lock_ended(store::Store& store, const store::ContainerRow& row) {
  constexpr timespec kPause = {0, 1'000'000};
  const Nanoseconds deadline = monotonic_now() + kKillTimeout;
  for (;;) {
    try {
      if (auto lock = store.try_lock_container(row.id)) return lock;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) throw;
      return std::nullopt;
    }
    if (monotonic_now() >= deadline) {
      throw_error(ErrorKind::in_use, "cannot change container \"/", row.name,
                  "\": its monitor or another command holds it; try again");
    }
    ::nanosleep(&kPause, nullptr);
  }
}

void Engine::signal(std::string_view name_or_id, int signal) {
  const ContainerView view = load(name_or_id);
  const auto process = view.is_up() ? find_running_process(view.run) : std::nullopt;
  if (!process) {
    throw_error(ErrorKind::conflict, "Cannot kill container: ", printable(name_or_id), ": Container ", view.row.id,
                " is not running");
  }
  if (ends_a_pause(view.config(), signal)) mark_stopped(store_, view.row);
  send_signal(process->get(), view.row, signal);
  if (view.state == ContainerState::paused && ends_a_pause(view.config(), signal)) ensure_thawed(view.row.id);
  record_container_event(store_, view.row, view.config(), "kill", {{"signal", cat(signal)}});
}

void Engine::stop(std::string_view name_or_id, const StopOptions& options) {
  const ContainerView view = load(name_or_id);
  if (view.is_up() || view.state == ContainerState::restarting) mark_stopped(store_, view.row);
  if (view.state == ContainerState::restarting) {
    wake_monitor(store_, view.row.id);
    lock_ended(store_, view.row);
  }
  if (!view.is_up()) return;
  const auto process = find_running_process(view.run);
  if (!process) {
    await_exit_record(store_.run_directory(view.row.id), exit_record_path(store_, view.row));
    return;
  }
  const int first = options.signal ? *options.signal : parse_signal(stop_signal(view.config()));
  send_signal(process->get(), view.row, first);
  ensure_thawed(view.row.id);
  record_container_event(store_, view.row, view.config(), "kill", {{"signal", cat(first)}});
  const int seconds = options.timeout.value_or(view.config().stop_timeout.value_or(kDefaultStopTimeout));
  // race: signals go by pidfd; by number, a reused pid would get the SIGKILL meant for a container that has ended.
  if (!wait_for_end(view, process->get(), first, seconds, options.notice)) {
    send_signal(process->get(), view.row, SIGKILL);
    ensure_thawed(view.row.id);
    record_container_event(store_, view.row, view.config(), "kill", {{"signal", cat(SIGKILL)}});
    wait_for_process(process->get(), std::nullopt);
  }
  settle_exit(store_, view.row, process->get());
  record_container_event(store_, view.row, view.config(), "stop");
}

int Engine::wait(std::string_view name_or_id) {
  const ContainerView view = load(name_or_id);
  if (!view.is_up()) return view.exit_code;
  const auto process = find_running_process(view.run);
  if (!process) {
    // race: it has ended, and its monitor is about to say how.
    const auto record = await_exit_record(store_.run_directory(view.row.id), exit_record_path(store_, view.row));
    return record ? record->code : kUnknownExit;
  }
  wait_for_process(process->get(), std::nullopt);
  return settle_exit(store_, view.row, process->get());
}

// kernel: when PID 1 of a pid namespace ends, everything else in it has been killed and reaped.
void Engine::kill_and_wait(const ContainerView& view) {
  const auto process = find_running_process(view.run);
  if (!process) return;
  send_signal(process->get(), view.row, SIGKILL);
  record_container_event(store_, view.row, view.config(), "kill", {{"signal", cat(SIGKILL)}});
  ensure_thawed(view.row.id);  // kernel: v1 keeps even the killed where they are until they are thawed
  if (!wait_for_process(process->get(), kKillTimeout)) {
    throw_error(ErrorKind::in_use, "cannot kill container \"/", view.row.name,
                "\": its process does not end; see /proc/", view.run.pid, "/stack for what the kernel waits for");
  }
}

Removed Engine::remove(std::string_view name_or_id, bool force, bool with_volumes) {
  const ContainerView view = load(name_or_id);
  if (view.is_up()) {
    if (!force) {
      const bool paused = view.state == ContainerState::paused;
      throw_error(
          ErrorKind::in_use, "cannot remove container \"/", view.row.name, "\": container is ",
          paused ? "paused and must be unpaused first" : "running: stop the container before removing or force remove");
    }
    mark_stopped(store_, view.row);
    kill_and_wait(view);
  } else if (view.state == ContainerState::restarting) {
    if (!force) {
      throw_error(ErrorKind::in_use, "cannot remove container \"/", view.row.name,
                  "\": container is restarting: stop the container before removing or force remove");
    }
    mark_stopped(store_, view.row);
    wake_monitor(store_, view.row.id);
  }
  const uint64_t free_before = free_bytes(store_.location().root);
  const auto lock = lock_ended(store_, view.row);
  discard_root_mount(store_.location(), view.row.id);
  discard_network_leftovers(store_, view.row.id);
  const std::string cgroup = cgroup_path(store_, view.row.id);
  store_.remove_container(view.row.id);
  record_container_event(store_, view.row, view.config(), "destroy");
  discard_cgroups(cgroup);
  if (with_volumes || view.row.ephemeral) discard_anonymous_volumes(view.config());
  const uint64_t free_after = free_bytes(store_.location().root);
  return {view.row.id, free_after > free_before ? free_after - free_before : 0};
}

void Engine::cleanup(const std::string& id) {
  const auto row = store_.find_container(id);
  if (!row) return;
  const auto run = monitor::find_run_state(store_.run_directory(row->id));
  if (run && find_running_process(*run)) {
    throw_error(ErrorKind::in_use, "cannot clean up container \"/", row->name, "\": container is running");
  }
  if (is_restarting(store_, row->id)) return;
  discard_later_cgroups(store_, row->id);
  discard_root_mount(store_.location(), row->id);
  discard_network_leftovers(store_, row->id);
  store_.remove_container(row->id);
  const ContainerConfig config = parse_container_config(row->config_json);
  record_container_event(store_, *row, config, "destroy");
  discard_anonymous_volumes(config);
}

void Engine::rename(std::string_view name_or_id, const std::string& name) {
  store::ContainerRow row = store_.load_container(name_or_id);
  store_.rename_container(row.id, name);
  const std::string old_name = std::exchange(row.name, store_.load_container(row.id).name);
  const ContainerConfig config = parse_container_config(row.config_json);
  if (is_locked(store_.run_directory(row.id))) {
    change_monitor_events(store_, row, config);
    rename_names(store_, {row.id, row.name, hostname(config, row.id)});
  }
  record_container_event(store_, row, config, "rename", {{"oldName", cat("/", old_name)}});
}

void Engine::record_event(const std::string& id, const std::string& action,
                          const std::map<std::string, std::string>& attributes) {
  try {
    const auto row = store_.find_container(id);
    if (row) record_container_event(store_, *row, parse_container_config(row->config_json), action, attributes);
  } catch (const Error&) {
    // Events are a convenience.
  }
}

// Those that another container has too, by --volumes-from, stay until the last of them goes.
void Engine::discard_anonymous_volumes(const ContainerConfig& config) {
  std::set<std::string> discarded;
  for (const MountOption& mount : config.mounts) {
    if (mount.type == "volume" && mount.anonymous && !mount.source.empty()) discarded.insert(mount.source);
  }
  if (discarded.empty()) return;
  for (const store::ContainerRow& row : store_.list_containers()) {
    for (const MountOption& mount : parse_container_config(row.config_json).mounts) discarded.erase(mount.source);
  }
  for (const std::string& volume : discarded) store_.remove_volume(volume);
}

}  // namespace minidock::engine
