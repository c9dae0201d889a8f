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
#include "runtime/init/context.h"

namespace minidock::monitor {

using runtime::Op;
using runtime::RecordView;
using runtime::Stage;
using runtime::init::Report;

namespace {
Report failure_of(const RecordView& step, int error_number) {
  Report report = {};
  report.kind = runtime::init::ReportKind::failed;
  report.error_number = error_number;
  report.exit_code = 125;
  memcpy(report.step, step.name(), strnlen(step.name(), sizeof report.step - 1));
  static const char kNotApplied[] = "the kernel did not take the value: it reads back different";
  static const char kNoCgroup[] = "not a cgroup file system";
  if (error_number == EILSEQ) memcpy(report.detail, kNotApplied, sizeof kNotApplied);
  if (error_number == ENOTSUP && step.op() != Op::clone) memcpy(report.detail, kNoCgroup, sizeof kNoCgroup);
  return report;
}

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
  static runtime::init::Context context;
  context.monitor_socket = init_socket_.get();
  context.standard_input = child_input_.get();
  context.standard_output = child_output_.get();
  context.standard_error = child_error_.get();
  context.records = plan_;
  runtime::init::run_init(context);
}

bool Monitor::clone_init(const RecordView& step) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return false;
  init_socket_ = Fd(ends[0]);
  Fd child_end(ends[1]);
  struct ::clone_args args = {};
  int pidfd = -1;
  args.flags = static_cast<uint64_t>(step.number(0)) | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  Fd cgroup;
  if (*step.text(0) != 0) {
    cgroup = Fd(open(step.text(0), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!cgroup) return false;
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<uint64_t>(cgroup.get());
  }
  pid_ = linux::clone3(&args);
  if (pid_ < 0) return false;
  if (pid_ == 0) {
    init_socket_ = static_cast<Fd&&>(child_end);
    become_init();
  }
  pidfd_ = Fd(pidfd);
  child_input_.reset();
  child_output_.reset();
  child_error_.reset();
  return true;
}

bool Monitor::execute_monitor_steps(Report& failure) {
  for (RecordView step = plan_; step.valid() && step.stage() == Stage::monitor; step = step.next()) {
    int result = 0;
    switch (step.op()) {
      case Op::cgroup_create:
        result = cgroup_create(step.text(0));
        break;
      case Op::cgroup_write:
        result = cgroup_write(step);
        break;
      case Op::device_filter:
        result = device_filter(step);
        break;
      case Op::clone:
        result = clone_init(step) ? 0 : errno;
        break;
      default:
        result = ENOSYS;
        break;
    }
    if (result != 0) {
      failure = failure_of(step, result);
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
    failure = failure_of(plan_, errno);
    return false;
  }
  return execute_monitor_steps(failure) && wait_for_command(failure);
}

}  // namespace minidock::monitor
