// Runs a piece of a test in a forked child, for what must not happen to the test program itself: joining a cgroup,
// loading a filter.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

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

}  // namespace minidock::linux
