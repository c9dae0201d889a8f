// The clock of a container's health check: starts `minidock __health ID` when it is due, one at a time.
//
// It is a member of the Monitor, in the memory that monitor and guard share: the guard that takes over goes on with the
// same clock, and is the parent of a probe that is under way.
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "monitor/probe_rule.h"
#include "runtime/wire.h"

namespace minidock::monitor {

class Prober {
 public:
  explicit Prober(runtime::RecordView launch);
  bool has_check() const { return times_.interval > 0; }
  void begin();                       // the command runs
  int patience();                     // starts what is due; milliseconds until the next, -1: for ever
  bool ended(pid_t pid, int status);  // a child has: tells whether it was ours
  void take_over();                   // in the guard, whose child it is now
  void finish();                      // the container has ended: so does a probe under way; bounded

 private:
  void schedule();
  void start();

  runtime::RecordView launch_;
  ProbeTimes times_;
  int64_t began_ = 0, due_ = 0;  // monotonic_clock()
  pid_t running_ = 0;            // 0: none
  bool starting_ = true;         // the container has not been healthy yet
};

}  // namespace minidock::monitor
