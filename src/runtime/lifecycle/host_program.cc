#include "runtime/lifecycle/host_program.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

namespace minidock::runtime {

namespace {

// In the forked child.
[[noreturn]] void become_program(char* const* arguments, const char* root) {
  const bool ready =
      !*root || (unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) == 0 &&
                 mount(root, root, nullptr, MS_BIND | MS_REC, nullptr) == 0);
  if (ready) execvp(arguments[0], arguments);
  _exit(127);
}

}  // namespace

int run_program(const std::string& program, const std::vector<std::string>& words, const ProgramPlace& place) {
  std::vector<std::string> all = {program};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : all) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) throw_errno("start ", program);
  if (child == 0) {
    if (place.output >= 0) {
      dup2(place.output, STDOUT_FILENO);
      dup2(place.output, STDERR_FILENO);
    }
    become_program(arguments.data(), place.root.c_str());
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace minidock::runtime
