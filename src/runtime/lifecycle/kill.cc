#include <signal.h>

#include "base/error.h"
#include "linux/cgroup_processes.h"
#include "runtime/lifecycle/container.h"

namespace minidock::runtime {

namespace {

// kernel: a frozen process takes the signal when it is thawed; v2 ends it frozen, v1 does not.
void thaw_for_the_end(const linux::CgroupLayout& layout, const std::string& path) {
  if (!path.empty() && linux::is_cgroup_frozen(layout, path)) linux::thaw_cgroup(layout, path);
}

void signal_all(const linux::CgroupLayout& layout, const std::string& path, int signal) {
  try {
    linux::signal_cgroup(layout, path, signal);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;  // no cgroup, no process
  }
}

}  // namespace

// Without the lock: a start that hangs in a hook, or a create, must be killable.
void Container::kill(int signal, KillScope scope) {
  const auto init = LiveProcess::find(record_.init);
  const std::string& path = record_.cgroup.path;
  // Without a pid namespace of its own the others outlive the first process: SIGKILL is for them too.
  if (signal == SIGKILL && !record_.own_pid_namespace && (init || !processes().empty())) scope = KillScope::all;
  if (scope == KillScope::all && !path.empty()) {
    signal_all(layout(), path, signal);
  } else if (init) {
    init->send(signal);
  } else if (scope == KillScope::all) {
    return;
  } else {
    throw_error(ErrorKind::not_found, "container not running");
  }
  if (signal == SIGKILL) thaw_for_the_end(layout(), path);
}

}  // namespace minidock::runtime
