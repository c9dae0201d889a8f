// Waiting for the OCI runtime's commands, and the hooks that run in the container.
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "linux/syscalls.h"
#include "runtime/init/channel.h"
#include "runtime/init/filesystem.h"
#include "runtime/init/steps.h"

namespace minidock::runtime::init {

namespace {
int wait_for_answer(Context& context) {
  int state = -1;
  const int failure = receive_answer(context.monitor_socket, &state);
  // Whoever asked for this container has gone: nobody would ever start or remove it.
  if (failure == ECONNRESET) _exit(125);
  if (state >= 0 && context.state >= 0) close(context.state);
  if (state >= 0) context.state = state;
  return failure;
}
}  // namespace

int sync_step(Context& context, const RecordView& step) {
  const int failure = send_report(context.monitor_socket, ReportKind::sync, static_cast<int>(step.number(0)));
  return failure != 0 ? failure : wait_for_answer(context);
}

namespace {
// What nobody needs any more once the tree stands: whoever looks at a created container finds no host directory open.
void release_tree(Context& context) {
  for (int64_t slot = 0; slot < kMaxSlots; ++slot) take_slot(context, slot, -1);
  int* const kept[] = {&context.devpts, &context.dev, &context.mask};
  for (int* fd : kept) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
  }
}
}  // namespace

int gate_step(Context& context) {
  release_tree(context);
  if (const int failure = send_report(context.monitor_socket, ReportKind::created, 0); failure != 0) return failure;
  close(context.monitor_socket);
  do context.monitor_socket = accept4(context.gate, nullptr, nullptr, SOCK_CLOEXEC);
  while (context.monitor_socket < 0 && (errno == EINTR || errno == ECONNABORTED));
  if (context.monitor_socket < 0) return errno;
  close(context.gate);
  // A `start` that is killed before its word ends us: it has taken the gate's name away, so no other could come.
  return wait_for_answer(context);
}

namespace {
constexpr uint32_t kFirstArgument = 2;
constexpr int kHookFailed = 1;  // of the runtime's command, as for the hooks that it runs itself

// Situation: a fork of init. The hook's stdin is the state, from its start.
[[noreturn]] void execute_hook(Context& context, const RecordView& step) {
  constexpr uint32_t kMost = 1024;
  static const char* words[kMost + 2];
  const uint32_t arguments = static_cast<uint32_t>(step.number(1));
  if (step.text_count() > kMost) _exit(127);
  uint32_t at = 0;
  for (uint32_t i = 0; i < arguments; ++i) words[at++] = step.text(kFirstArgument + i);
  words[at++] = nullptr;
  const char** const environment = words + at;
  for (uint32_t i = kFirstArgument + arguments; i < step.text_count(); ++i) words[at++] = step.text(i);
  words[at] = nullptr;
  lseek(context.state, 0, SEEK_SET);
  if (dup2(context.state, STDIN_FILENO) < 0) _exit(127);
  linux::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  execve(step.text(1), const_cast<char* const*>(words), const_cast<char* const*>(environment));
  _exit(127);
}

// 1 when `pid` ended within `seconds` (0: however long it takes), with its status; 0 when the time is over.
int wait_at_most(pid_t pid, int64_t seconds, int* status) {
  timespec end = {};
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_sec += seconds;
  for (;;) {
    const pid_t got = waitpid(pid, status, seconds == 0 ? 0 : WNOHANG);
    if (got == pid) return 1;
    if (got < 0 && errno != EINTR) return 1;
    timespec now = {};
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (seconds != 0 && (now.tv_sec > end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec >= end.tv_nsec))) return 0;
    const timespec pause = {0, 2'000'000};
    if (seconds != 0) nanosleep(&pause, nullptr);
  }
}
}  // namespace

int hook_step(Context& context, const RecordView& step) {
  context.detail << "error running " << step.text(0) << ": ";  // callers look for these words
  context.exit_code = kHookFailed;
  const pid_t pid = fork();
  if (pid < 0) return errno;
  if (pid == 0) execute_hook(context, step);
  int status = 0;
  if (wait_at_most(pid, step.number(0), &status) == 0) {
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    context.detail << "still running after its timeout of " << step.number(0) << " s";
    return ETIMEDOUT;
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return 0;
  if (WIFSIGNALED(status)) {
    context.detail << "signal: " << static_cast<int64_t>(WTERMSIG(status));
  } else {
    context.detail << "exit status " << static_cast<int64_t>(WEXITSTATUS(status));
  }
  return EPROTO;
}

}  // namespace minidock::runtime::init
