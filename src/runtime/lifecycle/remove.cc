#include <signal.h>
#include <sys/wait.h>

#include "base/error.h"
#include "base/file.h"
#include "linux/cgroup_apply.h"
#include "linux/cgroup_processes.h"
#include "linux/systemd_bus.h"
#include "runtime/lifecycle/container.h"
#include "runtime/lifecycle/hooks.h"

namespace minidock::runtime {

namespace {

constexpr Nanoseconds kEndPatience = 10 * kSecond;

[[noreturn]] void throw_not_stopped(const std::string& id, Status status) {
  throw_error(ErrorKind::in_use, "cannot delete container ", id, " that is not stopped: ", status_word(status));
}

}  // namespace

// race: it may end between the look and the signal, which is what was wanted.
void Container::ensure_killed(KillScope scope) {
  try {
    kill(SIGKILL, scope);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
  }
}

// Every process of it gets SIGKILL and is waited for.
void Container::end_processes() {
  // Most have ended long before: then nothing need be frozen for the signal.
  if (processes().empty() && !LiveProcess::find(record_.init)) return;
  ensure_killed(KillScope::all);
  if (const auto init = LiveProcess::find(record_.init)) {
    ensure_killed(KillScope::init);
    if (!init->wait(kEndPatience))
      throw_error(ErrorKind::in_use, "container init still running: process ", init->pid(), " does not end");
  }
  if (record_.cgroup.path.empty()) return;
  if (!linux::wait_cgroup_empty(layout(), record_.cgroup.path, kEndPatience))
    throw_error(ErrorKind::in_use, "a process of container ", id(), " does not end");
}

// The lock is held and no process of it is wanted any more.
// order: the state goes after what it tells of, so that a command that was killed in between can be run again; the
// poststop hooks come last (runtime-spec "Lifecycle", step 13: after the container is destroyed).
void Container::destroy() {
  end_processes();
  discard_mounts_on_root(record_.rootfs, record_.before);
  if (!record_.cgroup.unit.empty()) warn_of([&] { linux::SystemBus::open().stop_unit(record_.cgroup.unit); });
  if (!record_.cgroup.path.empty() && !linux::try_remove_cgroups(layout(), record_.cgroup.path))
    throw_error(ErrorKind::in_use, "cannot remove the cgroup ", record_.cgroup.path, ": a process stays in it");
  std::vector<oci::Hook> hooks;
  if (record_.rereads_config) warn_of([&] { hooks = spec().hooks["poststop"]; });
  const std::string state = oci::to_json(this->state(Status::stopped));
  directory_.remove();
  if (hooks.empty()) return;
  const auto bundle = find_file(AT_FDCWD, record_.bundle, O_RDONLY | O_DIRECTORY);
  for (std::string& failure : try_hooks(hooks, {"poststop", state, bundle ? bundle->get() : -1}))
    warnings_.push_back(std::move(failure));
}

// spec: runtime.md "Delete": of one that is not stopped it is an error and changes nothing.
void Container::remove() {
  if (const Status now = status(); now != Status::stopped) throw_not_stopped(id(), now);
  lock_and_reload();
  // race: another of this name may have come while we waited.
  if (const Status now = status(); now != Status::stopped) throw_not_stopped(id(), now);
  destroy();
}

std::vector<std::string> Container::discard(const std::string& root, const std::string& id) {
  std::optional<Container> container;
  try {
    container.emplace(Container(StateDirectory::open(root, id)));
    container->reload();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::not_found) return {};
    if (error.kind() != ErrorKind::corrupt || !container) throw;
    // Damaged: what it told of is lost; the name must become free all the same.
    container->record_.id = id;
  }
  // order: the process first, without the lock: a create or start that waits for it then ends, and frees the lock.
  container->ensure_killed(KillScope::init);
  try {
    if (!container->directory_.try_lock(kEndPatience))
      throw_error(ErrorKind::in_use, "cannot delete container ", id, ": another command is at work on it");
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::not_found) return {};  // another delete was faster
    throw;
  }
  try {
    container->reload();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
  }
  container->destroy();
  return container->take_warnings();
}

}  // namespace minidock::runtime
