#include "runtime/starter/starter.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux/syscalls.h"
#include "runtime/starter/before_clone.h"

namespace minidock::runtime {

namespace {
// Joins of namespaces that the user namespace joined later owns: tried again with the rights that it gives.
class Deferred {
 public:
  bool take(const RecordView& step) {
    if (count_ == kMost) return false;
    steps_[count_++] = step;
    return true;
  }
  // 0, or the errno of the one that failed, then in `failed`.
  int retry(init::Context& context, RecordView& failed) {
    for (int i = 0; i < count_; ++i) {
      failed = steps_[i];
      if (const int failure = init::execute_step(context, steps_[i]); failure != 0) return failure;
    }
    count_ = 0;
    return 0;
  }

 private:
  static constexpr int kMost = 8;
  RecordView steps_[kMost];
  int count_ = 0;
};

bool joins(const RecordView& step, int64_t type) {
  return step.stage() == Stage::monitor && step.op() == Op::join_namespace && step.number(0) == type;
}

bool joins_user_namespace_later(RecordView step) {
  for (step = step.next(); step.valid(); step = step.next()) {
    if (joins(step, CLONE_NEWUSER)) return true;
  }
  return false;
}

class Starter {
 public:
  explicit Starter(init::Context& context) : context_(context) {}

  int run() {
    for (RecordView step = context_.records; step.valid() && step.stage() == Stage::monitor; step = step.next()) {
      RecordView failed = step;
      if (const int failure = execute(step, failed); failure != 0) {
        init::send_failure(context_.monitor_socket, report_of(context_, failed, failure));
        return 125;
      }
    }
    return 0;
  }

 private:
  int execute(const RecordView& step, RecordView& failed) {
    if (step.op() == Op::clone) return clone(step);
    const int failure = execute_before_clone(context_, step);
    if (failure == EPERM && step.op() == Op::join_namespace && joins_user_namespace_later(step) && deferred_.take(step))
      return 0;
    if (failure == 0 && joins(step, CLONE_NEWUSER)) return deferred_.retry(context_, failed);
    return failure;
  }

  int clone(const RecordView& step) {
    Cloned cloned;
    if (const int failure = clone_init(context_, step, cloned); failure != 0) return failure;
    if (cloned.pid == 0) init::run_init(context_);
    if (init::send_report(context_.monitor_socket, init::ReportKind::cloned, cloned.pid) == 0) return 0;
    // Nobody is left to start it for.
    const int failure = errno;
    kill(cloned.pid, SIGKILL);
    return failure;
  }

  init::Context& context_;
  Deferred deferred_;
};
}  // namespace

int run_starter(int first) {
  // security: whoever shares a namespace with us can neither trace us nor open our memory or executable.
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  prctl(PR_SET_NAME, "minidock-start", 0, 0, 0);
  umask(077);
  static init::Context context;
  context.records = map_order(first);
  if (!context.records.valid()) return 125;
  context.monitor_socket = first + 1;
  context.gate = fcntl(first + 2, F_GETFD) >= 0 ? first + 2 : -1;
  context.preserved = first - 3;
  context.standard_input = 0;
  context.standard_output = 1;
  context.standard_error = 2;
  linux::close_range(static_cast<unsigned>(first + 3), ~0U, 0);
  linux::close_range(static_cast<unsigned>(first), ~0U, CLOSE_RANGE_CLOEXEC);
  return Starter(context).run();
}

}  // namespace minidock::runtime
