// Child processes of the monitor that serve one connection each: at most kMost at once.
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux/syscalls.h"

namespace minidock::monitor {

constexpr int kConnectionFd = 3;  // of such a child

template <int kMost>
class ConnectionChildren {
 public:
  bool is_full() const {
    for (const pid_t pid : pids_) {
      if (pid == 0) return false;
    }
    return true;
  }

  // fork(2): true in the child. It ends with its parent, and has no descriptor but kConnectionFd, which is `fd`:
  // neither the container's lock nor its pipes. It has the parent's stack, but not the memory that monitor and guard
  // share.
  bool fork_for(int fd, const char* name) {
    const pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      prctl(PR_SET_NAME, name, 0, 0, 0);
      dup2(fd, kConnectionFd);
      linux::close_range(kConnectionFd + 1, ~0U, 0);
      return true;
    }
    for (pid_t& pid : pids_) {
      if (child < 0 || pid != 0) continue;
      pid = child;
      break;
    }
    return false;
  }

  // Whether this was one of them.
  bool ended(pid_t pid) {
    for (pid_t& one : pids_) {
      if (one != pid || pid == 0) continue;
      one = 0;
      return true;
    }
    return false;
  }

  // In the other process: they are not ours, and end with their parent.
  void forget() {
    for (pid_t& pid : pids_) pid = 0;
  }

  void finish() {
    for (pid_t& pid : pids_) {
      if (pid > 0 && kill(pid, SIGKILL) == 0) waitpid(pid, nullptr, 0);
      pid = 0;
    }
  }

 private:
  pid_t pids_[kMost] = {};
};

}  // namespace minidock::monitor
