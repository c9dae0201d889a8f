// The names that a container's networks know: files, which the engine makes (engine/network_names.h).
//
//   RUN/containers/<container>/up               locked by a container that is up, or about to be: its monitor and guard
//   RUN/networks/.containers/<container>        lines, which may change while it is up:
//                                                 nameserver ADDRESS
//                                                 network ID NAME KEY...      its own keys there
//   RUN/networks/<network>/<key>/<container>    "IPV4|- IPV6|- NAME"; a key is a name in lower case or an address
//
// A container whose `up` nobody has locked has ended without a word, and counts for nothing.
// What this is made of is copied into child processes: it owns nothing.
#pragma once

#include <netinet/in.h>

#include "monitor/dns_message.h"
#include "runtime/wire.h"

namespace minidock::monitor {

class Names {
 public:
  explicit Names(const runtime::RecordView& launch) : launch_(launch) {}

  // What the networks know of it: false where that is nothing, and somebody else is to be asked. `most`: bytes of
  // `out`, and of the answer; `size` gets its size.
  bool answer(const uint8_t* message, const DnsQuery& query, uint8_t* out, size_t most, size_t& size) const;

  // Server number `index` of those to be asked for the rest, as a socket address; 0 where there are no more.
  socklen_t find_server(int index, sockaddr_storage& out) const;

  // Takes the container's own names away. Those who look meanwhile see some of them.
  void remove() const;

 private:
  char* read_list() const;  // static memory, until the next call
  const char* run_directory() const;
  const char* own_id() const;  // "/<container>"
  bool is_up(const char* container) const;
  int read_members(int directory) const;
  bool add_members(const char* network, const char* key, const char* address, DnsAnswer& answer, uint16_t type) const;

  runtime::RecordView launch_;
};

}  // namespace minidock::monitor
