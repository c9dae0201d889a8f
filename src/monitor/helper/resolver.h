// Answers what a container asks at 127.0.0.11: names of its networks' containers by itself (names.h), the rest by the
// host's name servers, or those of --dns, as they are asked from the host's network namespace.
//
//   container --udp, tcp--> 127.0.0.11:53 --rules in its namespace--> 127.0.0.11:61053 (our sockets there)
//
// A container may serve port 53 itself. The sockets are the monitor's alone; the guard opens them anew when it takes
// its place. A query by TCP is a child process's, which ends with its connection.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fd.h"
#include "monitor/dns_message.h"
#include "monitor/helper/connection_children.h"
#include "monitor/helper/names.h"
#include "runtime/wire.h"

namespace minidock::monitor {

class Resolver {
 public:
  static constexpr int kMostForwarded = 32, kMostConnections = 16;
  static constexpr int kPollEntries = 2 + kMostForwarded;

  explicit Resolver(const runtime::RecordView& launch) : launch_(launch), names_(launch) {}

  // In the network namespace of process `pid`, and back. 0 or an errno; nothing to do where the container asks others.
  int open(pid_t pid);
  void forget();  // in the other process: what was open is not ours
  // For poll(2): kPollEntries of them, and how long to wait at most, ms, -1: for ever.
  void fill(pollfd* entries) const;
  int patience();
  void serve(const pollfd* entries);
  bool ended(pid_t pid) { return connections_.ended(pid); }  // a child of ours
  // Before anybody knows of the container's end: its names, and whoever still speaks with it, are gone.
  void finish();

 private:
  struct Forwarded {
    Fd socket;  // connected to the server: no other's answer comes in
    sockaddr_in asker;
    uint16_t id;
    int server;
    int64_t deadline;  // monotonic, ns
    uint16_t size;
    uint8_t query[1232];
  };

  void answer(const uint8_t* message, size_t size, const sockaddr_in& asker);
  void forward(const uint8_t* message, size_t size, const DnsQuery& query, const sockaddr_in& asker);
  void ask_next(Forwarded& one);
  void take_answer(Forwarded& one);
  void refuse(const uint8_t* message, const DnsQuery& query, DnsCode code, const sockaddr_in& asker);
  void give_up(Forwarded& one);
  void accept_connection();

  runtime::RecordView launch_;
  Names names_;
  Fd udp_, tcp_;
  Forwarded forwarded_[kMostForwarded] = {};
  ConnectionChildren<kMostConnections> connections_;
};

// resolver_tcp.cc: one connection, until it is closed or silent for too long. In a child process that has no other
// descriptor than `connection`.
void serve_connection(int connection, const Names& names);

}  // namespace minidock::monitor
