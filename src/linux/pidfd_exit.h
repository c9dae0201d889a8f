// How a process ended, from a pidfd that was opened before it was reaped, by whoever holds one.
// Header-only and free of exceptions: the static helper uses it too.
//
// kernel: include/uapi/linux/pidfd.h; PIDFD_GET_INFO is of Linux 6.13, the exit status of 6.15.
#pragma once

#include <stdint.h>
#include <sys/ioctl.h>

namespace minidock::linux {

struct PidfdInfo {
  uint64_t mask = 0, cgroup = 0;
  uint32_t ids[11] = {};
  int32_t exit_status = 0;
};
static_assert(sizeof(PidfdInfo) == 64);

// The status as waitpid(2) gives it; false where the kernel does not tell, or the process has not ended.
inline bool read_exit_status(int pidfd, int* status) {
  constexpr uint64_t kInfoExit = 1 << 3;
  constexpr unsigned long kGetInfo = _IOWR(0xFF, 11, PidfdInfo);
  PidfdInfo info;
  info.mask = kInfoExit;
  if (::ioctl(pidfd, static_cast<int>(kGetInfo), &info) != 0 || (info.mask & kInfoExit) == 0) return false;
  *status = info.exit_status;
  return true;
}

}  // namespace minidock::linux
