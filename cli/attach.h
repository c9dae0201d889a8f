// Attached: the caller's terminal or pipes joined to a running container until it ends or is left alone.
#pragma once

#include <signal.h>

#include <functional>
#include <map>
#include <string>

#include "engine/engine.h"

namespace minidock::cli {

struct AttachOptions {
  bool terminal = false;  // -t: raw mode, window size, detach keys
  bool standard_input = false;
  bool standard_output = true, standard_error = true;
  bool proxy_signals = true;         // void with a terminal: keys reach the container as bytes
  bool kill_on_broken_pipe = false;  // --rm: nobody is left to see what it writes
  std::string detach_keys;
  // Told of what is done to the container from here, for the log of events: "kill", "resize", "detach".
  std::function<void(const std::string& action, const std::map<std::string, std::string>& attributes)> tell;
  // Asked when the monitor is gone without a word; empty: then there is nobody else to ask.
  std::function<engine::Reconnected()> reconnect;
};

struct AttachResult {
  bool detached = false;     // the container goes on
  bool reconnected = false;  // to its guard, which also does what is to be done at the end
  int exit_code = 0;         // of the container; after a signal or a broken pipe of ours: 128 + n
  monitor::Event last;       // its exit record, when the container ended
};

// Signals held back from the moment the container is asked for, so that none is lost between its start and
// attach(): they arrive through the signal descriptor. The old mask comes back with the destructor.
class SignalGate {
 public:
  SignalGate();
  ~SignalGate();
  SignalGate(const SignalGate&) = delete;
  SignalGate& operator=(const SignalGate&) = delete;
  int fd() const { return fd_.get(); }

 private:
  sigset_t old_mask_;
  Fd fd_;
};

// Pumps until the container ends, the keys are typed, or a signal that is not proxied ends us.
// Throws internal when the monitor is gone without a word.
AttachResult attach(monitor::Session& session, const SignalGate& gate, const AttachOptions& options);

}  // namespace minidock::cli
