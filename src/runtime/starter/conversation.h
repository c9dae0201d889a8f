// The conversation of a command of the OCI runtime with the process that it starts.
//
//   create / exec                starter (helper, not staying)        init
//     begin() --exec memfd------> Stage::monitor steps, clone3 ------> Stage::init steps
//       <----------------------- cloned {pid}; ends
//       <--------------------------------------------------------------- sync {point}      (waits)
//     answer(state) -------------------------------------------------->
//       <--------------------------------------------------------------- terminal + descriptor
//       <--------------------------------------------------------------- created            (waits at the gate)
//   start
//     connect() --------------------- ROOT/ID/gate ------------------->
//     answer(state) -------------------------------------------------->
//       <--------------------------------------------------------------- listener + descriptor
//                                                                       startContainer hooks
//       <--------------------------------------------------------------- end of file: execve closed it
//
// Without a gate (exec, run) created is left out. Every failure is a Report (init/channel.h) on the same socket.
// A coordinator that goes away before its answer ends init: nothing half-made stays.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "base/fd.h"
#include "runtime/init/channel.h"
#include "runtime/plan.h"
#include "runtime/start_failure.h"
#include "runtime/step.h"

namespace minidock::runtime {

struct StartRequest {
  Plan plan;
  int gate = -1;  // borrowed: a listening SOCK_SEQPACKET socket that init waits on at Op::gate
  std::string what = "cannot start container";  // begins the message of a failure
  int preserved_fds = 0;                        // descriptors 3 … 2 + this reach the command; 0, 1, 2 always do
};

enum class StartEventKind {
  sync,      // init waits for answer()
  terminal,  // `fd` is the pseudo-terminal's master
  listener,  // `fd` is the seccomp notification descriptor
  created,   // init waits at the gate
  running,   // the command runs (or was killed before it could: look at its pid)
};

struct StartEvent {
  StartEventKind kind = StartEventKind::running;
  SyncPoint point = SyncPoint::cloned;
  Fd fd;
};

class Conversation {
 public:
  // Executes the helper and returns once the process is cloned. Standard streams are this process's own.
  // The process becomes a child of this process's reaper (prctl PR_SET_CHILD_SUBREAPER): of this process only if it is
  // one. Throws StartFailure.
  static Conversation begin(const StartRequest& request);
  // To an init that waits at the gate, a socket `name` in `directory`; throws not_found when nobody listens.
  static Conversation connect(int directory, const std::string& name);

  int pid() const { return pid_; }  // of the cloned process, in this pid namespace; 0 after connect()

  // Blocks for the next event; throws StartFailure.
  StartEvent next();
  // Lets a waiting init go on. `state` is the runtime-spec's state JSON, which hooks in the container get on stdin.
  void answer(std::string_view state);

 private:
  Conversation() = default;
  Fd socket_;
  int pid_ = 0;
  std::string what_ = "cannot start container";
  std::deque<std::pair<init::Report, int>> early_;  // what init said before the starter told its pid
};

// A listening socket at `name` in `directory`, mode 0600, for StartRequest::gate.
Fd create_gate(int directory, const std::string& name);

}  // namespace minidock::runtime
