// Runs a piece of a test in a forked child, for what must not happen to the test program itself: joining a cgroup,
// loading a filter.
#pragma once

#include <errno.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace minidock::linux {

// The child's exit status; the body returns it. 200 + n: ended by signal n.
template <typename Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? 200 + WTERMSIG(status) : WEXITSTATUS(status);
}

// Puts a filter on the calling process: 0, or the errno of seccomp(2).
inline int load_filter(const std::string& filter) {
  std::string code = filter;
  sock_fprog program = {static_cast<unsigned short>(code.size() / sizeof(sock_filter)),
                        reinterpret_cast<sock_filter*>(code.data())};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 0 : errno;
}

}  // namespace minidock::linux
