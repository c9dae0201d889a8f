// The two processes that minidock keeps with a container.
#pragma once

#include <signal.h>

#include "base/file.h"
#include "base/text.h"
#include "runtime/lifecycle/process_identity.h"

namespace minidock::test {

// order: the guard first, or it takes over.
inline void kill_guard_and_monitor(int monitor_pid) {
  const auto stat = runtime::parse_process_stat(read_file(AT_FDCWD, cat("/proc/", monitor_pid, "/stat")));
  kill(stat->parent, SIGKILL);
  kill(monitor_pid, SIGKILL);
}

}  // namespace minidock::test
