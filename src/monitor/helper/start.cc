// From launch request to running command.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "linux/syscalls.h"
#include "monitor/helper/monitor.h"
#include "runtime/starter/before_clone.h"

namespace minidock::monitor {

using runtime::Op;
using runtime::RecordView;
using runtime::Stage;
using runtime::init::Report;

namespace {
bool make_pipe(Fd& reader, Fd& writer) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  reader = Fd(ends[0]);
  writer = Fd(ends[1]);
  return true;
}
}  // namespace

bool Monitor::open_streams() {
  if (launch_.number(kTerminal) != 0) return true;  // the terminal comes from init
  if (!make_pipe(output_, child_output_) || !make_pipe(error_output_, child_error_)) return false;
  if (launch_.number(kOpenStdin) == 0) return true;
  if (!make_pipe(child_input_, input_)) return false;
  return fcntl(input_.get(), F_SETFL, O_NONBLOCK) == 0;
}

void Monitor::become_init() {
  // Descriptors 0, 1, 2 are placed by the plan's streams step; everything else of ours is close-on-exec.
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody but the monitor knows of us
  context_.dies_with_parent = true;
  context_.monitor_socket = init_socket_.get();
  context_.standard_input = child_input_.get();
  context_.standard_output = child_output_.get();
  context_.standard_error = child_error_.get();
  context_.records = plan_;
  runtime::init::run_init(context_);
}

int Monitor::clone_container(const RecordView& step) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  init_socket_ = Fd(ends[0]);
  Fd child_end(ends[1]);
  runtime::Cloned cloned;
  if (const int failure = runtime::clone_init(context_, step, cloned); failure != 0) return failure;
  if (cloned.pid == 0) {
    init_socket_ = static_cast<Fd&&>(child_end);
    become_init();
  }
  pid_ = cloned.pid;
  pidfd_ = static_cast<Fd&&>(cloned.pidfd);
  child_input_.reset();
  child_output_.reset();
  child_error_.reset();
  return 0;
}

bool Monitor::execute_monitor_steps(Report& failure) {
  for (RecordView step = plan_; step.valid() && step.stage() == Stage::monitor; step = step.next()) {
    const int result = step.op() == Op::clone ? clone_container(step) : runtime::execute_before_clone(context_, step);
    if (result != 0) {
      failure = runtime::report_of(context_, step, result);
      return false;
    }
  }
  return pid_ > 0;
}

bool Monitor::wait_for_command(Report& failure) {
  for (;;) {
    int received = -1;
    const int result = runtime::init::receive_report(init_socket_.get(), &failure, &received);
    if (result == 1 && failure.kind == runtime::init::ReportKind::terminal) {
      terminal_ = Fd(received);
      fcntl(terminal_.get(), F_SETFL, O_NONBLOCK);
      continue;
    }
    if (result != 0) return false;  // a failure report, or a broken channel
    // End of file: execve closed init's end. Killed before that (out of memory), it ended as a command would.
    return true;
  }
}

bool Monitor::start(Report& failure) {
  failure = {};
  if (!open_streams()) {
    failure = runtime::report_of(context_, plan_, errno);
    return false;
  }
  return execute_monitor_steps(failure) && wait_for_command(failure);
}

}  // namespace minidock::monitor
