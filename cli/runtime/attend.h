// A container's process in the foreground of `run` and `exec`: our signals go to it, its terminal is joined to ours,
// and its exit status becomes ours.
#pragma once

#include <signal.h>

#include "base/fd.h"
#include "runtime/lifecycle/process_identity.h"

namespace minidock::cli {

// Made before the process is started, so that no signal is lost and its end is told to us: this process is the reaper
// of all that it starts (prctl(2) PR_SET_CHILD_SUBREAPER), and signals wait in a descriptor.
class Attendance {
 public:
  Attendance();
  ~Attendance();
  Attendance(const Attendance&) = delete;
  Attendance& operator=(const Attendance&) = delete;

  // The process is ours now; orphans of later go to somebody else (--no-subreaper).
  void stop_reaping_orphans();

  // Until it ends. `terminal` is its terminal's master, or none. Returns its status, or 128 + n for signal n.
  int attend(const runtime::ProcessIdentity& process, Fd terminal);

 private:
  sigset_t old_mask_;
  Fd signals_;
};

}  // namespace minidock::cli
