// The hooks that run in the container's own process tree: createContainer and startContainer.
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "linux/syscalls.h"
#include "runtime/init/steps.h"

namespace minidock::runtime::init {

namespace {
constexpr uint32_t kFirstArgument = 2;
constexpr int kHookFailed = 1;  // of the runtime's command, as for the hooks that it runs itself

// What a hook writes, as far as a message has room for it.
struct HookStream {
  Fd read, write;
  char text[160] = {};
  size_t size = 0;

  int open() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return errno;
    read = Fd(ends[0]);
    write = Fd(ends[1]);
    // The hook's end blocks, as every program expects of its output.
    return fcntl(ends[1], F_SETFL, 0) == 0 ? 0 : errno;
  }
  // What is there at the moment; what has no room is read too, or the hook would wait for ever.
  void drain() {
    char buffer[1024];
    while (read) {
      const ssize_t count = ::read(read.get(), buffer, sizeof buffer);
      if (count < 0 && errno == EINTR) continue;
      if (count == 0) read.reset();
      if (count <= 0) return;
      const size_t room = sizeof text - 1 - size;
      const size_t taken = static_cast<size_t>(count) < room ? static_cast<size_t>(count) : room;
      memcpy(text + size, buffer, taken);
      size += taken;
    }
  }
  const char* trimmed() {
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == ' ')) text[--size] = 0;
    return text;
  }
};

// Situation: a fork of init. The hook's stdin is the state, from its start.
[[noreturn]] void execute_hook(Context& context, const RecordView& step, int output, int error) {
  constexpr uint32_t kMost = 1024;
  static const char* words[2 * kMost + 4];
  const uint32_t arguments = static_cast<uint32_t>(step.number(1));
  const bool inherits = step.number(3) != 0;
  if (step.text_count() > kMost || (inherits && context.environment.text_count() > kMost)) _exit(127);
  uint32_t at = 0;
  for (uint32_t i = 0; i < arguments; ++i) words[at++] = step.text(kFirstArgument + i);
  words[at++] = nullptr;
  const char** const environment = words + at;
  static HomeVariable home;
  if (inherits) at += command_environment(context, home, environment);
  for (uint32_t i = kFirstArgument + arguments; i < step.text_count(); ++i) words[at++] = step.text(i);
  words[at] = nullptr;
  if (step.number(2) != 0 && fchdir(context.root) != 0) _exit(127);
  lseek(context.state, 0, SEEK_SET);
  if (dup2(context.state, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(error, STDERR_FILENO) < 0)
    _exit(127);
  linux::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  execve(step.text(1), const_cast<char* const*>(words), const_cast<char* const*>(environment));
  _exit(127);
}

bool is_past(const timespec& end) {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec > end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec >= end.tv_nsec);
}

// 1 when `pid` ended within `seconds` (0: however long it takes), with its status; 0 when the time is over.
int wait_at_most(pid_t pid, int64_t seconds, HookStream (&streams)[2], int* status) {
  timespec end = {};
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_sec += seconds;
  for (;;) {
    for (HookStream& stream : streams) stream.drain();
    const pid_t got = waitpid(pid, status, WNOHANG);
    if (got == pid || (got < 0 && errno != EINTR)) break;
    if (seconds != 0 && is_past(end)) return 0;
    constexpr int kMilliseconds = 2;
    pollfd waiting[2] = {{streams[0].read.get(), POLLIN, 0}, {streams[1].read.get(), POLLIN, 0}};
    poll(waiting, 2, kMilliseconds);
  }
  // What it wrote last. Not to end of file: a child of the hook may hold the pipe for as long as it likes.
  for (HookStream& stream : streams) stream.drain();
  return 1;
}

int tell_end(Context& context, int status, HookStream (&streams)[2]) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return 0;
  if (WIFSIGNALED(status)) {
    char meaning[64] = {};
    if (const char* const text = sigdescr_np(WTERMSIG(status))) strncpy(meaning, text, sizeof meaning - 1);
    meaning[0] = static_cast<char>(tolower(meaning[0]));
    context.detail << "signal: ";
    if (meaning[0] == 0) context.detail << static_cast<int64_t>(WTERMSIG(status));
    context.detail << meaning;
  } else {
    context.detail << "exit status " << static_cast<int64_t>(WEXITSTATUS(status));
  }
  context.detail << ", stdout: " << streams[0].trimmed() << ", stderr: " << streams[1].trimmed();
  return EPROTO;
}
}  // namespace

int hook_step(Context& context, const RecordView& step) {
  context.detail << "error running " << step.text(0) << ": ";  // callers look for these words
  context.exit_code = kHookFailed;
  HookStream streams[2];
  for (HookStream& stream : streams) {
    if (const int failure = stream.open(); failure != 0) return failure;
  }
  const pid_t pid = fork();
  if (pid < 0) return errno;
  if (pid == 0) execute_hook(context, step, streams[0].write.get(), streams[1].write.get());
  for (HookStream& stream : streams) stream.write.reset();
  int status = 0;
  if (wait_at_most(pid, step.number(0), streams, &status) == 0) {
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    context.detail << "still running after its timeout of " << step.number(0) << " s";
    return ETIMEDOUT;
  }
  return tell_end(context, status, streams);
}

}  // namespace minidock::runtime::init
