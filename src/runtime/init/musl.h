// What the helper uses of glibc and musl 1.2.3 does not declare: included before each of its sources where it is built
// with musl (cmake/musl.cmake). Later versions of musl that declare one of these fail to build here, and say which.
#pragma once

#include <linux/mount.h>
#include <linux/stat.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

using __rlimit_resource_t = int;

// Without a locale musl's texts are constants: nothing is translated, nothing allocated.
inline const char* strerrordesc_np(int error_number) {
  return strerror(error_number);
}

inline const char* sigdescr_np(int signal) {
  return strsignal(signal);
}

inline int close_range(unsigned first, unsigned last, int flags) {
  return static_cast<int>(syscall(SYS_close_range, first, last, flags));
}
inline int fsconfig(int fd, unsigned command, const char* key, const void* value, int auxiliary) {
  return static_cast<int>(syscall(SYS_fsconfig, fd, command, key, value, auxiliary));
}
inline int fsmount(int fd, unsigned flags, unsigned attributes) {
  return static_cast<int>(syscall(SYS_fsmount, fd, flags, attributes));
}
inline int fsopen(const char* type, unsigned flags) {
  return static_cast<int>(syscall(SYS_fsopen, type, flags));
}
inline int fspick(int dir, const char* path, unsigned flags) {
  return static_cast<int>(syscall(SYS_fspick, dir, path, flags));
}
inline int mount_setattr(int dir, const char* path, unsigned flags, mount_attr* attributes, size_t size) {
  return static_cast<int>(syscall(SYS_mount_setattr, dir, path, flags, attributes, size));
}
inline int move_mount(int from, const char* from_path, int to, const char* to_path, unsigned flags) {
  return static_cast<int>(syscall(SYS_move_mount, from, from_path, to, to_path, flags));
}
inline int open_tree(int dir, const char* path, unsigned flags) {
  return static_cast<int>(syscall(SYS_open_tree, dir, path, flags));
}
// The kernel gave the structure and the call one name.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
inline int statx(int dir, const char* path, int flags, unsigned mask, struct statx* out) {
  return static_cast<int>(syscall(SYS_statx, dir, path, flags, mask, out));
}
#pragma GCC diagnostic pop
