#include "engine/address_leasing.h"

#include "base/error.h"
#include "base/text.h"

namespace minidock::engine {

namespace {

linux::IpAddress fixed_address(store::LeaseBook& book, const network::Network& network, const network::Subnet& subnet,
                               const std::string& text, const std::string& container) {
  const linux::IpAddress address = network::usable_address(subnet, text);
  if (!book.is_taken({network.id, std::string(address.view()), container})) return address;
  throw_error(ErrorKind::conflict, "Address already in use: ", text, " on network ", network.name);
}

linux::IpAddress free_address(store::LeaseBook& book, const network::Network& network, const network::Subnet& subnet,
                              const std::string& container) {
  const auto last = linux::ip_of_bytes(book.last_address(network.id, subnet.gateway.size()));
  const auto is_taken = [&](const linux::IpAddress& address) {
    return book.is_taken({network.id, std::string(address.view()), container});
  };
  if (const auto address = network::next_address(subnet, last, is_taken)) return *address;
  throw_error(ErrorKind::exhausted, "no available IPv", subnet.gateway.is_v6() ? 6 : 4,
              " addresses on this network's address pools: ", network.name, " (", network.id, ")");
}

}  // namespace

std::vector<linux::IpAddress> lease_addresses(store::LeaseBook& book, const network::Network& network,
                                              const NetworkOption& option, const std::string& container) {
  std::vector<linux::IpAddress> out;
  for (const bool v6 : {false, true}) {
    const std::string& wanted = v6 ? option.ipv6 : option.ipv4;
    const network::Subnet* found = nullptr;
    for (const network::Subnet& subnet : network.subnets) {
      if (subnet.gateway.is_v6() == v6) found = &subnet;
    }
    if (found == nullptr) {
      if (wanted.empty()) continue;
      throw_error(ErrorKind::invalid, "network ", network.name, " has no IPv", v6 ? 6 : 4, " subnet for ",
                  printable(wanted));
    }
    out.push_back(wanted.empty() ? free_address(book, network, *found, container)
                                 : fixed_address(book, network, *found, wanted, container));
    book.take({network.id, std::string(out.back().view()), container});
  }
  return out;
}

}  // namespace minidock::engine
