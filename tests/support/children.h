// Work in a child process, as a command of its own would do it.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <functional>

namespace minidock {

// Runs `work` in a child that ends without destructors, as a program does that is killed.
inline pid_t start_child(const std::function<void()>& work) {
  fflush(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  try {
    work();
    _exit(0);
  } catch (const std::exception& error) {
    fprintf(stderr, "child: %s\n", error.what());
    _exit(1);
  }
}

inline int wait_for(pid_t child) {  // exit status, or 128 + signal
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace minidock
