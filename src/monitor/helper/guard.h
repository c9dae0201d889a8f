// The guard: the monitor's parent, which does nothing but wait, and takes its place when it is killed.
//
//   guard --fork--> monitor --clone3--> init
//
// The guard is a subreaper, so the kernel makes init its child when the monitor is gone; both have the container's
// pipes, the attach socket and the lock open from before the fork, and share the memory that the Monitor object is in.
// What the monitor opens later (a terminal) or closes for good (the container's input) it tells by the link, a
// SOCK_SEQPACKET pair, whose end of file is the monitor's death. A guard that dies first is missed by nobody: the
// monitor goes on without one.
#pragma once

#include <stdint.h>

#include "base/fd.h"

namespace minidock::monitor {

enum class GuardWord : char {
  started = 's',       // with SCM_RIGHTS: init's pidfd. The command runs: from now on there is something to take over
  terminal = 't',      // with SCM_RIGHTS: the terminal's master
  input_closed = 'i',  // close it too: a reader of the pipe sees its end when the last writer has gone
  done = 'd',          // all records are written: go
};

// The monitor's end of the link. Without one (an exec, a guard that has gone) it does nothing.
class GuardLink {
 public:
  void connect(Fd link) { link_ = static_cast<Fd&&>(link); }
  void forget() { link_.release(); }  // in the other process
  void tell_started(int pidfd) { tell(GuardWord::started, pidfd); }
  void tell_terminal(int terminal) { tell(GuardWord::terminal, terminal); }
  void tell_input_closed() { tell(GuardWord::input_closed, -1); }
  void tell_done() { tell(GuardWord::done, -1); }

 private:
  void tell(GuardWord word, int fd);
  Fd link_;
};

}  // namespace minidock::monitor
