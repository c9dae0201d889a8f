// Ports of the host for a container: leased among containers, and held against other programs.
#pragma once

#include <vector>

#include "engine/container_config.h"
#include "engine/network_record.h"
#include "network/firewall.h"
#include "network/host_ports.h"
#include "store/network_leases.h"

namespace minidock::engine {

// A port that is published for every address of the host, or for ::1: nftables cannot lead from there, so the monitor
// listens (monitor/helper/relay.h).
struct RelayedPort {
  Fd socket;
  int protocol = 0;
  linux::IpAddress address;  // the container's, and its port
  uint16_t port = 0;
};

struct LeasedPorts {
  std::vector<network::PublishedPort> ports;
  std::vector<store::PortLease> leases;  // likewise: the same as rows
  std::vector<network::HeldPort> held;   // likewise
  std::vector<RelayedPort> relayed;      // what the host has at ::1 too
};

// What -p and -P ask for, each once: exposed ports of the image and the user with -P.
std::vector<PublishOption> wanted_ports(const ContainerConfig& config);

// All of them for the container, whose addresses (at most one a family) they lead to. `stale` gets what containers that
// are gone have left in the way. Throws conflict, naming the holder and a port that is free.
LeasedPorts lease_ports(store::Store& store, store::LeaseBook& book, const std::vector<PublishOption>& wanted,
                        const std::vector<linux::IpAddress>& addresses, const std::string& container,
                        std::vector<store::PortLease>& stale);

network::PublishedPort published_port(const store::PortLease& lease);
std::string relay_targets(const std::vector<RelayedPort>& ports);  // as the monitor reads them
PortRecord port_record(const network::PublishedPort& port);
// What it is where it leads to `address`, of the family of the host's.
store::PortLease port_lease(const PortRecord& port, const std::string& container, const linux::IpAddress& address);
int protocol_number(const std::string& name);  // "tcp", "udp", "sctp"
const char* protocol_name(int number);

}  // namespace minidock::engine
