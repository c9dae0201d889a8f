// Running docker-credential-NAME: its words on standard input, its answer from standard output, its complaints on ours.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/text.h"
#include "base/time.h"
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
  // Its status, once it has ended.
  std::optional<int> try_wait() {
    siginfo_t info = {};
    if (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return {};
    return wait();
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

// Until `process` has ended and what it has said is here.
HelperResult hear(Process& process, int output, const std::string& program, int seconds) {
  constexpr int kMomentMilliseconds = 20;
  const Nanoseconds deadline = monotonic_now() + seconds * kSecond;
  HelperResult result;
  for (std::optional<int> ended;;) {
    if (!ended) ended = process.try_wait();
    pollfd ready = {output, POLLIN, 0};
    if (poll(&ready, 1, ended ? 0 : kMomentMilliseconds) > 0) {
      char piece[4096];
      const size_t size = read_some(output, piece, sizeof piece);
      result.output.append(piece, size);
      if (result.output.size() > kOutputBytes) throw_error(ErrorKind::corrupt, program, ": says too much");
      if (size == 0) output = -1;  // at its end: poll() passes it over
    } else if (ended) {
      // A process of its own may hold the other end for longer: what came before it ended is what it has said.
      result.status = *ended;
      return result;
    }
    if (monotonic_now() > deadline) {
      throw_error(ErrorKind::exhausted, program, " has not answered for ", seconds,
                  " seconds; run it by hand: echo HOST | ", program, " get");
    }
  }
}

}  // namespace

HelperResult run_credential_helper(const std::string& name, const char* word, std::string_view input, int seconds) {
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
  return hear(process, out.read.get(), program, seconds);
}

}  // namespace minidock::registry
