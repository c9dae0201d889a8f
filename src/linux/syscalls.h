// The newer system calls that glibc 2.36 does not wrap, and clone3. Thin: each returns the kernel's result
// as the raw call does (-1 and errno), allocates nothing and throws nothing, so that the static helper
// uses them on both sides of clone.
#pragma once

#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

namespace minidock::linux {

inline int openat2(int dir, const char* path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  struct ::open_how how = {};
  how.flags = flags;
  how.mode = mode;
  how.resolve = resolve;
  return static_cast<int>(::syscall(SYS_openat2, dir, path, &how, sizeof how));
}

inline pid_t clone3(struct ::clone_args* args) {
  return static_cast<pid_t>(::syscall(SYS_clone3, args, sizeof *args));
}

inline int pivot_root(const char* new_root, const char* put_old) {
  return static_cast<int>(::syscall(SYS_pivot_root, new_root, put_old));
}

inline int pidfd_open(pid_t pid, unsigned flags) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, flags));
}

inline int pidfd_send_signal(int pidfd, int signal) {
  return static_cast<int>(::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0));
}

inline int close_range(unsigned first, unsigned last, int flags) {
  return static_cast<int>(::syscall(SYS_close_range, first, last, flags));
}

// The one place that enters another namespace. `type` as in setns(2): the caller names what it expects.
inline int enter_namespace(int fd, int type) {
  return ::setns(fd, type);
}

// fsopen, fsconfig, fsmount, open_tree, move_mount and mount_setattr are declared by glibc's <sys/mount.h>.

}  // namespace minidock::linux
