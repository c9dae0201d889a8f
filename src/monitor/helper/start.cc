// From launch request to running command.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "linux/syscalls.h"
#include "monitor/helper/monitor.h"
#include "runtime/init/steps.h"
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

int Monitor::open_streams() {
  if (launch_.number(kTerminal) != 0) return 0;  // the terminal comes from init
  if (!make_pipe(output_, child_output_) || !make_pipe(error_output_, child_error_)) return errno;
  fcntl(output_.get(), F_SETFL, O_NONBLOCK);
  fcntl(error_output_.get(), F_SETFL, O_NONBLOCK);
  if (launch_.number(kOpenStdin) == 0) return 0;
  if (!make_pipe(child_input_, input_)) return errno;
  return fcntl(input_.get(), F_SETFL, O_NONBLOCK) == 0 ? 0 : errno;
}

int Monitor::listen_for_clients() {
  const Fd directory(open(launch_.text(kRunDirectory), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return errno;
  // The path of a socket is short by nature (unix(7)), that of a run directory need not be.
  runtime::FixedText<sizeof(sockaddr_un::sun_path)> path;
  path << "/proc/self/fd/" << static_cast<int64_t>(directory.get()) << "/" << kAttachName;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, path.c_str(), path.size());
  listener_ = Fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener_) return errno;
  unlinkat(directory.get(), kAttachName, 0);  // of a run before this one
  if (bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return errno;
  return listen(listener_.get(), Clients::kMost) == 0 ? 0 : errno;
}

namespace {
// What init works with, and what the steps before clone leave for it. Not in the memory that guard and monitor share,
// which the clone does not get.
runtime::init::Context& init_context() {
  static runtime::init::Context context;
  return context;
}
}  // namespace

int Monitor::clone_container(const RecordView& step) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  init_socket_ = Fd(ends[0]);
  const Fd child_end(ends[1]);
  runtime::init::Context& context = init_context();
  context.parent_death =
      serves_container() ? runtime::init::ParentDeath::ends_start : runtime::init::ParentDeath::ends_command;
  context.monitor_socket = child_end.get();
  context.standard_input = child_input_.get();
  context.standard_output = child_output_.get();
  context.standard_error = child_error_.get();
  context.records = plan_;
  runtime::Cloned cloned;
  if (const int failure = runtime::clone_init(step, cloned); failure != 0) return failure;
  if (cloned.pid == 0) {
    // Descriptors 0, 1, 2 are placed by the plan's streams step; everything else of ours is close-on-exec.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    runtime::init::run_init(context);
  }
  pid_ = cloned.pid;
  pidfd_ = static_cast<Fd&&>(cloned.pidfd);
  child_input_.reset();
  child_output_.reset();
  child_error_.reset();
  return 0;
}

int Monitor::execute_monitor_step(const RecordView& step) {
  switch (step.op()) {
    case Op::clone:
      return clone_container(step);
    case Op::ask_network:
      return runtime::init::ask_network(init_context().detail, step, pid_);
    default:
      return runtime::execute_before_clone(init_context(), step);
  }
}

bool Monitor::execute_monitor_steps(Report& failure) {
  bool is_awaited = false;
  for (RecordView step = plan_; step.valid() && step.stage() == Stage::monitor; step = step.next()) {
    init_context().detail.clear();
    is_awaited |= step.op() == Op::ask_network;
    if (const int result = execute_monitor_step(step); result != 0) {
      failure = runtime::report_of(init_context(), step, result);
      return false;
    }
  }
  // order: before init goes on, which waits for us where the container is on a network.
  if (pid_ > 0 && !open_resolver(failure)) return false;
  // An init that has failed meanwhile says so by its own report.
  if (is_awaited) runtime::init::send_letter(init_socket_.get(), 'n', -1);
  return pid_ > 0;
}

bool Monitor::open_resolver(Report& failure) {
  const int result = resolver_.open(pid_);
  if (result == 0) return true;
  constexpr char kStep[] = "answer its queries for names at 127.0.0.11";
  failure.kind = runtime::init::ReportKind::failed;
  failure.error_number = result;
  failure.exit_code = 125;
  memcpy(failure.step, kStep, sizeof kStep);
  return false;
}

bool Monitor::wait_for_command(Report& failure) {
  for (;;) {
    int received = -1;
    const int result = runtime::init::receive_report(init_socket_.get(), &failure, &received);
    if (result == 1 && failure.kind == runtime::init::ReportKind::terminal) {
      terminal_ = Fd(received);
      link_.tell_terminal(received);
      fcntl(terminal_.get(), F_SETFL, O_NONBLOCK);
      continue;
    }
    if (result != 0) return false;  // a failure report, or a broken channel
    // End of file: execve closed init's end. Killed before that (out of memory), it ended as a command would.
    return true;
  }
}

bool Monitor::start(Report& failure) {
  return execute_monitor_steps(failure) && wait_for_command(failure);
}

}  // namespace minidock::monitor
