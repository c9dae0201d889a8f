// Published ports at ::1: the host's kernel sends nothing from there to a container, so the monitor passes it on.
//
//   curl http://[::1]:8080 --> a listening socket of the engine's --> a child process a connection --> the container
//
// The sockets lie in the queue of kRelayFd, which the guard has too; whoever passes on has copies. By UDP each asker
// gets a socket of his own towards the container; where all are in use, the one that was silent longest loses his.
#pragma once

#include <netinet/in.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fd.h"
#include "monitor/frame.h"
#include "monitor/helper/connection_children.h"
#include "runtime/wire.h"

namespace minidock::monitor {

class Relay {
 public:
  static constexpr int kMostConnections = 64, kMostAskers = 32;

  explicit Relay(const runtime::RecordView& launch) : launch_(launch) {}

  int open();                                       // 0 or an errno
  void forget();                                    // in the other process: what was open is not ours
  int descriptor() const { return events_.get(); }  // readable when somebody has come; -1: nothing to pass on
  void serve();
  bool ended(pid_t pid) { return connections_.ended(pid); }  // a child of ours
  void finish();

 private:
  struct Asker {
    Fd socket;  // connected to the container
    sockaddr_in6 address;
    int target;
    uint64_t last;  // by the count of what came
  };

  void receive();
  RelayTarget target(int number) const;
  void accept_connection(int number);
  void pass_question(int number);
  void pass_answer(Asker& asker);
  Asker* asker_of(const sockaddr_in6& address, int number);

  runtime::RecordView launch_;
  int listeners_[kMostRelays] = {};
  int count_ = 0;
  uint64_t passed_ = 0;
  Fd events_;
  Asker askers_[kMostAskers] = {};
  ConnectionChildren<kMostConnections> connections_;
};

}  // namespace minidock::monitor
