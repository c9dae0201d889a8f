// After the container's end: log, cgroups, exit record, word to the clients, cleanup.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux/netlink_exchange.h"
#include "monitor/helper/monitor.h"
#include "monitor/helper/program.h"
#include "runtime/fixed_text.h"

namespace minidock::monitor {

using runtime::CgroupOwner;
using runtime::Op;
using runtime::RecordView;
using runtime::Stage;

void Monitor::note_exit(int status) {
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  exited_ = true;
}

void Monitor::reap() {
  signalfd_siginfo ignored;
  while (read(signals_.get(), &ignored, sizeof ignored) > 0) {
  }
  int status = 0;
  pid_t pid;
  // Others are orphans of a container that shares the host's pid namespace.
  while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
    if (pid == pid_) {
      note_exit(status);
    } else if (!log_.compressor_ended(pid, status) && !resolver_.ended(pid) && !relay_.ended(pid)) {
      prober_.ended(pid, status);
    }
  }
}

namespace {
CgroupOwner owner_of(const RecordView& step) {
  return static_cast<CgroupOwner>(step.number(0));
}
}  // namespace

void Monitor::remove_cgroups() {
  // Deepest first: the plan lists parents before children. The plan's list is short.
  RecordView steps[32];
  int count = 0;
  for (RecordView step = plan_; step.valid() && step.stage() == Stage::monitor; step = step.next()) {
    if (step.op() == Op::cgroup_create && owner_of(step) != CgroupOwner::others && count < 32) steps[count++] = step;
  }
  while (count > 0) {
    const RecordView& step = steps[--count];
    const char* const directory = step.text(0);
    if (owner_of(step) == CgroupOwner::unit) {
      rmdir(directory);
      continue;
    }
    if (prober_.has_check()) {
      runtime::FixedText<4096> probes;
      probes << directory << "/" << kProbeCgroup;
      remove_cgroup(probes.c_str());
    }
    remove_cgroup(directory);
  }
}

// What lies in a socket's queue is the guard's as well as ours, and is gone for both.
static void drop_queue(int socket) {
  char byte;
  while (recv(socket, &byte, 1, MSG_DONTWAIT) > 0) {
  }
}

// order: before anybody knows of the end: whoever waits for it may want the port, or the address that it leads to, or
// that the name is gone.
void Monitor::leave_networks() {
  resolver_.finish();
  relay_.finish();
  drop_queue(kRelayFd);
  drop_queue(kHeldFd);
  uint32_t size = 0;
  const char* const messages = launch_.text(kEndNetwork, &size);
  if (size == 0) return;
  // They may have been taken away by others, with the rest of the rules or alone.
  const Fd socket = linux::open_netlink(NETLINK_NETFILTER);
  linux::NetlinkRefusal refusal;
  if (socket) linux::netlink_exchange(socket.get(), messages, size, refusal);
}

// What is known of the end, on disk. Once only, also where a guard goes on after it.
void Monitor::write_records() {
  if (recorded_) return;
  log_.finish();
  exit_.code = exit_code_;
  for (RecordView step = plan_; step.valid() && step.stage() == Stage::monitor; step = step.next()) {
    if (step.op() != Op::cgroup_create || owner_of(step) != CgroupOwner::container || exit_.oom_killed != 0) continue;
    const MemoryFacts memory = read_memory_facts(step.text(0));
    exit_.oom_killed = memory.oom_killed ? 1 : 0;
    exit_.memory_limit = memory.limit;
    exit_.memory_peak = memory.peak;
  }
  leave_networks();
  remove_cgroups();
  if (exit_.finished == 0) exit_.finished = wall_clock();
  record_end();  // order: before anybody can know; what a command tells of the end comes after it
  if (*launch_.text(kExitPath) != 0)
    write_exit_record(launch_.text(kExitPath), exit_, "", launch_.number(kDurableExit) != 0);
  recorded_ = true;
}

void Monitor::finish() {
  prober_.finish();
  write_records();
  const bool restart =
      is_policy_changed() || wants_restart(static_cast<RestartRule>(launch_.number(kRestartRule)), exit_code_,
                                           launch_.number(kRestartCount), launch_.number(kRestartMost));
  if (!restart) link_.tell_done();
  clients_.flush_all();
  for (int i = 0; i < Clients::kMost; ++i) clients_.send(i, FrameKind::exited, &exit_, sizeof exit_);
  clients_.flush_all();
  // What would be left half done: the draft of a compressed log.
  int status = 0;
  while (log_.compressor() > 0 && waitpid(log_.compressor(), &status, 0) > 0)
    log_.compressor_ended(log_.compressor(), status);
  if (restart) {
    wait_and_restart();
  } else if (*launch_.text(kPolicyMark) == 0) {
    run_cleanup();
  }
}

bool Monitor::is_policy_changed() const {
  const char* const mark = launch_.text(kPolicyMark);
  return *mark != 0 && access(mark, F_OK) == 0;
}

// A run of ten seconds or more makes the delay short again: docker's figures.
void Monitor::wait_and_restart() {
  constexpr int64_t kMillisecond = 1'000'000, kLongRun = 10'000 * kMillisecond, kShortDelay = 100 * kMillisecond;
  const bool long_run = exit_.finished - started_.started >= kLongRun;
  const int64_t delay = long_run ? kShortDelay : launch_.number(kRestartDelay) * kMillisecond;
  const int64_t until = monotonic_clock() + delay;
  for (;;) {
    if (access(launch_.text(kStoppedPath), F_OK) == 0) break;
    const int64_t left = is_policy_changed() ? 0 : until - monotonic_clock();
    if (left <= 0) {
      link_.tell_done();
      fcntl(kLockFd, F_SETFD, 0);  // the command goes on with the lock: nobody comes in between
      execute_command();
      return;
    }
    // Whoever connects wants the marks to be looked at.
    pollfd wait = {listener_.get(), POLLIN, 0};
    poll(&wait, 1, static_cast<int>(left / kMillisecond) + 1);
    const Fd client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }
  link_.tell_done();
}

// --rm: the CLI does it, and says so; when it is gone, its own program is executed once more to do it.
void Monitor::run_cleanup() {
  if (launch_.number(kCleanupWords) == 0) return;
  while (clients_.launcher() != nullptr && !taken_over_) {
    to_container_.size = to_container_.done = 0;
    pollfd wait = {clients_.launcher()->fd.get(), POLLIN, 0};
    poll(&wait, 1, -1);
    read_client(0);
  }
  if (taken_over_) return;
  close(kLockFd);  // the command takes the lock itself
  execute_command();
}

void Monitor::execute_command() {
  const char* argv[kMostWords + 1];
  take_words(launch_, kCleanupFirst, launch_.number(kCleanupWords), argv);
  execute_program(argv);
}

}  // namespace minidock::monitor
