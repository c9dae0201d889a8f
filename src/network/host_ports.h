// Ports of the host that containers have: held by sockets that nobody reads, so that no other program gets them.
//
// kernel: what the rules lead elsewhere never comes to such a socket. Without SO_REUSEADDR no program can bind the port
// beside it, not even one that sets it (socket(7)).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "linux/ip_address.h"

namespace minidock::network {

struct HeldPort {
  Fd socket;  // none where the kernel has no such protocol for sockets (SCTP)
  uint16_t port = 0;
};
// `port` 0: one that is free, of the range that the host has for that. nullopt where somebody has it; throws invalid
// for an address that the host has not, permission.
std::optional<HeldPort> try_hold_port(int protocol, const linux::IpAddress& address, uint16_t port);

// For what comes for ::1 at `port`: a socket that listens there. Nothing where there is no IPv6, or another program has
// it.
std::optional<Fd> try_listen_on_loopback(int protocol, uint16_t port);
// Another descriptor of a socket that holds a port, which listens from now on; by UDP it does so as it is.
Fd listen_on(const Fd& socket);

// "nginx (pid 1234)": a process that has a socket at this port, "" where none is seen.
std::string find_port_user(int protocol, uint16_t port);

// All of them (borrowed; -1: none) as one descriptor, which holds them as long as it is open; empty for none.
Fd bundle_descriptors(const std::vector<int>& descriptors);

}  // namespace minidock::network
