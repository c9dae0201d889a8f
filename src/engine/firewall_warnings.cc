#include "engine/firewall_warnings.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/network_rules.h"
#include "engine/networks.h"
#include "network/other_firewalls.h"

namespace minidock::engine {

namespace {

std::string mark_path(const store::Store& store) {
  return store.location().run_root + "/told-of-firewalls";
}

std::string warning_of(const network::Network& network, const network::Barrier& barrier) {
  return cat("the firewall of this host, chain ", printable(barrier.chain), " of table ", barrier.family, " ",
             printable(barrier.table), ", drops what it does not know: containers of network ", network.name,
             " reach nobody beyond the host, and nobody there reaches their published ports; this lets them through: ",
             network::opening_line(barrier, network.bridge));
}

// Told is what was told of these networks, and still is so; of others it stays as it is.
void warn_of(store::Store& store, const NetworkRecord& place, const std::vector<network::Barrier>& barriers,
             std::vector<std::string>& warnings) {
  const std::string told = find_file_text(AT_FDCWD, mark_path(store)).value_or("");
  if (barriers.empty() && told.empty()) return;
  std::vector<std::string> marks = split(told, '\n');
  for (const EndpointRecord& endpoint : place.endpoints) {
    std::erase_if(marks,
                  [&](const std::string& mark) { return mark.empty() || mark.starts_with(endpoint.network_id); });
    const network::Network network = load_network(store, endpoint.network_id).network;
    if (network.internal || network.bridge.empty()) continue;
    for (const network::Barrier& barrier : barriers) {
      if (!network::stops(barrier, network.bridge, network.has_v6())) continue;
      const std::string warning = warning_of(network, barrier);
      marks.push_back(cat(network.id, " ", warning));
      if (told.find(marks.back()) == std::string::npos) warnings.push_back(warning);
    }
  }
  const std::string left = join(marks, "\n");
  if (left != told) write_file(AT_FDCWD, mark_path(store), left);
}

}  // namespace

void warn_of_other_firewalls(store::Store& store, const NetworkRecord& place, std::vector<std::string>& warnings) {
  if (place.endpoints.empty()) return;
  try {
    linux::NetlinkSocket filter = linux::NetlinkSocket::open(NETLINK_NETFILTER);
    warn_of(store, place, network::find_barriers(filter, firewall_of(store).table()), warnings);
  } catch (const Error&) {
    // Who looks on must not keep a container from starting: rules that change all the time cannot be read.
  }
}

}  // namespace minidock::engine
