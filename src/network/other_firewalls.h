// Firewalls of others that keep containers from the world. nftables lets a packet through only where the chains of all
// tables let it through, so what another table's forward chain drops is dropped, whatever ours says. Such tables are
// read, never changed: who made them has to open them.
#pragma once

#include <string>
#include <vector>

#include "linux/netlink_message.h"

namespace minidock::network {

// A chain where forwarded packets end that none of its rules lets through.
struct Barrier {
  std::string family;  // as nft(8) writes it: "ip", "ip6", "inet"
  std::string table, chain;
  std::string rules;  // of the whole table, as the kernel has them
};
// Of all tables but `own`.
std::vector<Barrier> find_barriers(linux::NetlinkSocket& filter, const std::string& own);

// Whether it stops what goes to and from this bridge. Where a rule of its table names the bridge it does not: somebody
// has thought of it. `v6`: whether the bridge's network has IPv6 addresses.
bool stops(const Barrier& barrier, const std::string& bridge, bool v6);

// The command line that opens it for the bridge. What reaches containers then is what our own table lets through.
std::string opening_line(const Barrier& barrier, const std::string& bridge);

}  // namespace minidock::network
