#include "linux/seccomp.h"
#include "store/archive/jail.h"

namespace minidock::store {

namespace {

// What an unpacker does. Not here, on purpose: open and creat (every path goes through a descriptor), execve, clone,
// socket, connect, mount, setns, unshare, ptrace, kill, prctl, ioctl, chroot, setuid and their like.
oci::SeccompRule file_calls() {
  return {.names = {"read",       "write",      "pread64",   "pwrite64",   "readv",   "writev",     "lseek",
                    "ftruncate",  "close",      "openat",    "openat2",    "fstat",   "newfstatat", "statx",
                    "getdents64", "readlinkat", "faccessat", "faccessat2", "mkdirat", "mknodat",    "symlinkat",
                    "linkat",     "unlinkat",   "renameat",  "renameat2",  "fchown",  "fchownat",   "fchmod",
                    "fchmodat",   "fchmodat2",  "utimensat", "fsetxattr",  "fcntl"},
          .action = "SCMP_ACT_ALLOW"};
}

// What the C++ and C libraries do for memory, time, randomness and the end of a process.
oci::SeccompRule process_calls() {
  return {.names = {"brk", "mmap", "munmap", "mremap", "madvise", "mprotect", "futex", "getrandom", "clock_gettime",
                    "gettimeofday", "rt_sigreturn", "rt_sigprocmask", "restart_syscall", "sched_yield", "exit",
                    "exit_group"},
          .action = "SCMP_ACT_ALLOW"};
}

}  // namespace

std::string compile_jail_filter() {
  oci::Seccomp profile;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  // A sanitizer reports by calls of its own.
  profile.default_action = "SCMP_ACT_LOG";
#else
  profile.default_action = "SCMP_ACT_KILL_PROCESS";
#endif
  profile.rules = {file_calls(), process_calls()};
  return linux::compile_seccomp(profile);
}

}  // namespace minidock::store
