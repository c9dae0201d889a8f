// The one nftables table of a store, "inet minidock-…": what goes between networks, out of them, and in by published
// ports. Other tables are read, never touched.
//
// Publishing a port is one element of a map, whatever the number of ports: no rule is added.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linux/ip_address.h"
#include "linux/netlink_message.h"

namespace minidock::network {

// A bridge network as the rules see it.
struct FirewallNetwork {
  std::string bridge;  // the name of its interface
  std::vector<linux::IpPrefix> subnets;
  bool internal = false;   // nothing goes in or out
  bool masquerade = true;  // what goes out bears the host's address
  bool isolated = false;   // nothing from one container to another, but by a published port
};

struct PublishedPort {
  uint8_t protocol = 0;   // IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP
  linux::IpAddress host;  // 0.0.0.0 or ::: every address of the host
  uint16_t host_port = 0;
  linux::IpAddress container;  // of the same family
  uint16_t container_port = 0;
};

class Firewall {
 public:
  explicit Firewall(std::string table) : table_(std::move(table)) {}

  // Makes the table anew, with all that is in it: one batch, so that no packet sees half of it.
  linux::NetlinkMessages make(const std::vector<FirewallNetwork>& networks,
                              const std::vector<PublishedPort>& ports) const;
  linux::NetlinkMessages remove() const;
  linux::NetlinkMessages add_ports(const std::vector<PublishedPort>& ports) const;
  linux::NetlinkMessages remove_ports(const std::vector<PublishedPort>& ports) const;
  // Whether the table has all the rules of these networks; the elements of its sets are not looked at.
  bool is_whole(linux::NetlinkSocket& socket, const std::vector<FirewallNetwork>& networks) const;
  const std::string& table() const { return table_; }

 private:
  std::string table_;
};

}  // namespace minidock::network
