// Waiting for the OCI runtime's commands.
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

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

// kernel: the first process of a pid namespace ends by no signal but SIGKILL unless it handles it (pid_namespaces(7));
// until it is the command, it ends by those that ask a program to.
constexpr int kEnding[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

void end_by(int signal) {
  _exit(128 + signal);
}

void handle_ending_signals(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  for (const int signal : kEnding) sigaction(signal, &action, nullptr);
}
}  // namespace

int gate_step(Context& context) {
  release_tree(context);
  if (getpid() == 1) handle_ending_signals(end_by);
  if (const int failure = send_report(context.monitor_socket, ReportKind::created, 0); failure != 0) return failure;
  close(context.monitor_socket);
  do context.monitor_socket = accept4(context.gate, nullptr, nullptr, SOCK_CLOEXEC);
  while (context.monitor_socket < 0 && (errno == EINTR || errno == ECONNABORTED));
  if (context.monitor_socket < 0) return errno;
  close(context.gate);
  handle_ending_signals(SIG_DFL);
  // A `start` that is killed before its word ends us: it has taken the gate's name away, so no other could come.
  return wait_for_answer(context);
}

}  // namespace minidock::runtime::init
