// Within a container's network namespace: what it sends to the port of name servers at one address goes to another port
// there, so that the container may serve that port itself.
#pragma once

#include <cstdint>
#include <string>

#include "linux/netlink_message.h"

namespace minidock::network {

constexpr uint16_t kNamePort = 53;

// As one batch: a table with one chain and a rule each for UDP and TCP. `address` is IPv4, in host order.
linux::NetlinkMessages redirect_queries(const std::string& table, uint32_t address, uint16_t port);

}  // namespace minidock::network
