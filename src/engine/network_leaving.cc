#include "engine/network_leaving.h"

#include <algorithm>

#include "engine/network_names.h"
#include "engine/network_rules.h"
#include "engine/port_leasing.h"
#include "store/network_leases.h"

namespace minidock::engine {

namespace {

// order: the lists of names go last, which tell that there is something.
void discard_all(store::Store& store, std::vector<std::string> containers) {
  store::LeaseBook book(store);
  std::erase_if(containers, [&store](const std::string& id) { return is_up(store, id); });  // race: started since
  std::vector<network::PublishedPort> ports;
  for (const std::string& id : containers) {
    for (const store::PortLease& lease : book.find_ports(id)) {
      ports.push_back(published_port(lease));
      book.drop(lease);
    }
  }
  if (!ports.empty()) {
    // One by one: there may be no rule yet, or others have taken it away.
    linux::NetlinkSocket filter = open_filter();
    linux::NetlinkRefusal refusal;
    for (const network::PublishedPort& port : ports)
      filter.try_request(firewall_of(store).remove_ports({port}), refusal);
  }
  book.commit();
  for (const std::string& id : containers) withdraw_names(store, id);
}

}  // namespace

void discard_network_leftovers(store::Store& store, const std::string& container) {
  if (has_names(store, container)) discard_all(store, {container});
}

void sweep_networks(store::Store& store) {
  std::vector<std::string> dead = list_named(store);
  // What has survived its monitor and guard keeps its ports.
  std::erase_if(dead, [&store](const std::string& id) { return is_up(store, id) || store.rooms().is_up(id); });
  if (!dead.empty()) discard_all(store, std::move(dead));
}

}  // namespace minidock::engine
