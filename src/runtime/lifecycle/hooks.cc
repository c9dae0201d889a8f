#include "runtime/lifecycle/hooks.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/time.h"
#include "linux/syscalls.h"
#include "runtime/helper_process.h"

namespace minidock::runtime {

namespace {

constexpr size_t kOutputKept = 4096;  // of each stream, for the message

struct Pipe {
  Fd read, write;
};

Pipe make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw_errno("make a pipe for a hook");
  return {Fd(ends[0]), Fd(ends[1])};
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> out;
  for (const std::string& word : words) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

// How the spawned process begins: its streams, the bundle as its directory, no signal blocked or ignored.
class SpawnSettings {
 public:
  SpawnSettings(int input, int output, int error, int directory) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, error, STDERR_FILENO);
    if (directory >= 0) posix_spawn_file_actions_addfchdir_np(&actions_, directory);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    // A group of its own: after the time-out all that the hook started ends with it.
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

std::string signal_text(int signal) {
  const char* const text = sigdescr_np(signal);
  return text != nullptr ? lower(text) : cat(signal);
}

class HookProcess {
 public:
  HookProcess(const oci::Hook& hook, const HookContext& context) : timeout_(hook.timeout) {
    Pipe output = make_pipe(), error = make_pipe();
    const Fd input = make_memory_file("minidock-state", context.state);
    const SpawnSettings settings(input.get(), output.write.get(), error.write.get(), context.directory);
    const std::vector<std::string> arguments = hook.args.empty() ? std::vector{hook.path} : hook.args;
    const int result = posix_spawn(&pid_, hook.path.c_str(), settings.actions(), settings.attributes(),
                                   pointers(arguments).data(), pointers(hook.env).data());
    if (result != 0) throw_errno_message(result, cat("execute ", hook.path));
    // It is our child and not waited for: its number is its own.
    pidfd_ = Fd(linux::pidfd_open(pid_, 0));
    streams_[0].pipe = std::move(output.read);
    streams_[1].pipe = std::move(error.read);
  }
  ~HookProcess() {
    if (pid_ > 0) end();
  }
  HookProcess(const HookProcess&) = delete;
  HookProcess& operator=(const HookProcess&) = delete;

  // Throws what went wrong, without the hook's name.
  void finish() {
    const std::optional<Nanoseconds> deadline =
        timeout_ ? std::optional(monotonic_now() + *timeout_ * kSecond) : std::nullopt;
    while (!reap(WNOHANG)) {
      if (deadline && monotonic_now() >= *deadline) {
        end();
        throw_error(ErrorKind::internal, "timed out after ", *timeout_, *timeout_ == 1 ? " second" : " seconds",
                    output_text());
      }
      wait_a_little(deadline);
    }
    // What it wrote last. Not to end of file: a child of the hook may hold the pipe for as long as it likes.
    for (Stream& stream : streams_) drain(stream);
    if (WIFSIGNALED(status_))
      throw_error(ErrorKind::internal, "signal: ", signal_text(WTERMSIG(status_)), output_text());
    if (WEXITSTATUS(status_) != 0)
      throw_error(ErrorKind::internal, "exit status ", WEXITSTATUS(status_), output_text());
  }

 private:
  struct Stream {
    Fd pipe;
    std::string text;
  };

  void wait_a_little(const std::optional<Nanoseconds>& deadline) {
    constexpr Nanoseconds kMillisecond = 1'000'000;
    // Without a pidfd nothing wakes us when the hook ends.
    Nanoseconds wait = pidfd_ ? 10 * kSecond : 10 * kMillisecond;
    if (deadline) wait = std::clamp(*deadline - monotonic_now(), Nanoseconds{0}, wait);
    std::array<pollfd, 3> waiting = {pollfd{pidfd_.get(), POLLIN, 0}, pollfd{streams_[0].pipe.get(), POLLIN, 0},
                                     pollfd{streams_[1].pipe.get(), POLLIN, 0}};
    ::poll(waiting.data(), waiting.size(), static_cast<int>(wait / kMillisecond + 1));
    for (Stream& stream : streams_) drain(stream);
  }

  static void drain(Stream& stream) {
    char buffer[4096];
    while (stream.pipe) {
      const ssize_t count = ::read(stream.pipe.get(), buffer, sizeof buffer);
      if (count > 0) {
        const size_t room = kOutputKept - std::min(kOutputKept, stream.text.size());
        stream.text.append(buffer, std::min(room, static_cast<size_t>(count)));
      } else if (count == 0 || errno != EINTR) {
        if (count == 0) stream.pipe.reset();
        return;
      }
    }
  }

  bool reap(int options) {
    const pid_t reaped = ::waitpid(pid_, &status_, options);
    if (reaped == 0 || (reaped < 0 && errno == EINTR)) return false;
    pid_ = 0;
    return true;
  }

  void end() {
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    while (!reap(0)) {
    }
  }

  std::string output_text() const {
    return cat(", stdout: ", printable(trim(streams_[0].text)), ", stderr: ", printable(trim(streams_[1].text)));
  }

  std::optional<int> timeout_;
  pid_t pid_ = 0;
  int status_ = 0;
  Fd pidfd_;
  std::array<Stream, 2> streams_;
};

void run_hook(const std::vector<oci::Hook>& hooks, size_t index, const HookContext& context) {
  try {
    HookProcess(hooks[index], context).finish();
  } catch (const Error& error) {
    throw error.with_context(cat("error running ", context.point, " hook #", index));
  }
}

}  // namespace

void run_hooks(const std::vector<oci::Hook>& hooks, const HookContext& context) {
  for (size_t i = 0; i < hooks.size(); ++i) run_hook(hooks, i, context);
}

std::vector<std::string> try_hooks(const std::vector<oci::Hook>& hooks, const HookContext& context) {
  std::vector<std::string> failures;
  for (size_t i = 0; i < hooks.size(); ++i) {
    try {
      run_hook(hooks, i, context);
    } catch (const Error& error) {
      failures.emplace_back(error.what());
    }
  }
  return failures;
}

}  // namespace minidock::runtime
