// Running docker-credential-NAME: its words on standard input, its answer from standard output, its complaints on ours.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/text.h"
#include "registry/docker_config.h"

namespace minidock::registry {

namespace {

constexpr size_t kOutputBytes = 1 << 20;

struct Ends {
  Fd read, write;
};
Ends make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw_errno("create pipe");
  return {Fd(ends[0]), Fd(ends[1])};
}

// Reaps, whatever happens between.
class Process {
 public:
  explicit Process(pid_t pid) : pid_(pid) {}
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (pid_ < 0) return;
    kill(pid_, SIGKILL);
    wait();
  }
  int wait() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  }

 private:
  pid_t pid_;
};

// security: the name is from a file, and becomes a part of a program's name.
void check_name(const std::string& name) {
  const bool good = !name.empty() && name.find_first_not_of(
                                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789._-") == std::string::npos;
  if (!good) throw_error(ErrorKind::corrupt, "config.json: \"", printable(name), "\" is no name of a helper");
}

}  // namespace

HelperResult run_credential_helper(const std::string& name, const char* word, std::string_view input) {
  check_name(name);
  std::string program = cat("docker-credential-", name);
  std::string argument = word;
  char* arguments[] = {program.data(), argument.data(), nullptr};
  Ends in = make_pipe();
  Ends out = make_pipe();
  // order: written before the start, so that a helper that reads nothing cannot make us wait or get a signal. What is
  // asked for fits into a pipe.
  if (input.size() > 32 << 10) throw_error(ErrorKind::invalid, program, ": what it is to keep is too long");
  write_all(in.write.get(), input);
  in.write.reset();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.read.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.write.get(), STDOUT_FILENO);
  pid_t child = -1;
  const int failure = posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) {
    throw_error(ErrorKind::not_found, "cannot execute ", program,
                ", which docker's config.json names: ", errno_text(failure));
  }
  Process process(child);
  out.write.reset();
  HelperResult result;
  result.output = read_fd(out.read.get(), kOutputBytes);
  result.status = process.wait();
  return result;
}

}  // namespace minidock::registry
