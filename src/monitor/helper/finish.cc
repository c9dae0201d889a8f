// After the container's end: log, cgroups, exit record, word to the CLI, cleanup.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "monitor/helper/monitor.h"

namespace minidock::monitor {

using runtime::Op;
using runtime::RecordView;
using runtime::Stage;

void Monitor::send_now(FrameKind kind, const void* payload, uint32_t size) {
  char frame[kFrameHeader + 1024];
  put_frame_header(frame, kind, size);
  memcpy(frame + kFrameHeader, payload, size);
  for (uint32_t done = 0; cli_ && done < kFrameHeader + size;) {
    const ssize_t sent = send(cli_.get(), frame + done, kFrameHeader + size - done, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return cli_.reset();
    done += static_cast<uint32_t>(sent);
  }
}

void Monitor::remove_cgroups() {
  // Deepest first: the plan lists parents before children. The plan's list is short.
  const char* directories[32];
  int count = 0;
  for (RecordView step = plan_; step.valid() && step.stage() == Stage::monitor; step = step.next()) {
    if (step.op() == Op::cgroup_create && count < 32) directories[count++] = step.text(0);
  }
  while (count > 0) remove_cgroup(directories[--count]);
}

void Monitor::finish() {
  log_.finish();
  ExitedPayload exited = {};
  exited.code = exit_code_;
  for (RecordView step = plan_; step.valid() && step.stage() == Stage::monitor; step = step.next()) {
    if (step.op() != Op::cgroup_create || exited.oom_killed != 0) continue;
    const MemoryFacts memory = read_memory_facts(step.text(0));
    exited.oom_killed = memory.oom_killed ? 1 : 0;
    exited.memory_limit = memory.limit;
    exited.memory_peak = memory.peak;
  }
  remove_cgroups();
  exited.finished = wall_clock();
  write_exit_record(launch_.text(kExitPath), exited, "", launch_.number(kDurableExit) != 0);
  while (cli_ && !to_cli_.empty()) {
    pollfd wait = {cli_.get(), POLLOUT, 0};
    poll(&wait, 1, -1);
    flush_to_cli();
  }
  send_now(FrameKind::exited, &exited, sizeof exited);
  run_cleanup();
}

// --rm: the CLI does it, and says so; when it is gone, its own program is executed once more to do it.
void Monitor::run_cleanup() {
  if (launch_.text_count() <= kCleanupFirst) return;
  while (cli_ && !taken_over_) {
    to_container_.size = to_container_.done = 0;
    pollfd wait = {cli_.get(), POLLIN, 0};
    poll(&wait, 1, -1);
    read_cli();
  }
  if (taken_over_) return;
  const char* argv[32] = {};
  int count = 0;
  for (uint32_t i = kCleanupFirst; i < launch_.text_count() && count < 31; ++i) argv[count++] = launch_.text(i);
  static const char* const kEnvironment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                             nullptr};
  close(kLockFd);  // the cleanup takes the lock itself
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  syscall(SYS_execveat, kProgramFd, "", argv, kEnvironment, AT_EMPTY_PATH);
}

}  // namespace minidock::monitor
