#include "engine/networks.h"

#include <algorithm>

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "engine/events.h"
#include "engine/network_changes.h"
#include "engine/network_names.h"
#include "engine/network_rows.h"
#include "engine/network_rules.h"
#include "engine/network_settings.h"
#include "store/network_leases.h"
#include "store/networks.h"

namespace minidock::engine {

namespace {

constexpr const char* kPredefined[][2] = {{"bridge", "bridge"}, {"host", "host"}, {"none", "null"}};

// What no new network may overlap: all that other networks have, whose bridges may not be up, and the host's own; but
// not of macvlan with subnets that somebody has named, for it is to be where the parent is.
std::vector<linux::IpPrefix> taken_prefixes(const std::vector<NetworkView>& others, bool with_host = true) {
  std::vector<linux::IpPrefix> out;
  if (with_host) {
    linux::NetlinkSocket routes = linux::NetlinkSocket::open(NETLINK_ROUTE);
    out = network::used_prefixes(routes);
  }
  for (const NetworkView& other : others) {
    for (const network::Subnet& subnet : other.network.subnets) out.push_back(subnet.prefix);
  }
  return out;
}

std::vector<NetworkView> parse_all(const std::vector<store::NetworkRow>& rows) {
  std::vector<NetworkView> out;
  for (const store::NetworkRow& row : rows) out.push_back(parse_network(row));
  return out;
}

// The name of its interface: "minidock0" is for the first store of this host.
std::string default_bridge(const std::string& id) {
  linux::NetlinkSocket routes = linux::NetlinkSocket::open(NETLINK_ROUTE);
  constexpr const char* kName = "minidock0";
  return linux::find_link(routes, kName) ? bridge_name(id) : kName;
}

NetworkView make_predefined(const char* name, const char* driver, const std::vector<NetworkView>& others) {
  NetworkView view;
  view.created = now();
  view.driver = driver;
  view.network.name = name;
  view.network.id = random_hex(32);
  if (view.driver != "bridge") return view;
  view.network.bridge = default_bridge(view.network.id);
  view.network.subnets.push_back(free_subnet(taken_prefixes(others)));
  return view;
}

// race: another command may make them at the same time; then there is nothing left to add.
void ensure_predefined(store::Store& store) {
  if (store.find_network("none")) return;
  store::NetworkBook book(store);
  const std::vector<NetworkView> there = parse_all(book.list());
  for (const auto& [name, driver] : kPredefined) {
    const bool is_there =
        std::any_of(there.begin(), there.end(), [&](const NetworkView& view) { return view.network.name == name; });
    if (is_there) continue;
    const NetworkView view = make_predefined(name, driver, there);
    book.add({view.network.id, name, view.created, to_json(view)});
  }
  book.commit();
}

// "name:\"web\" id:\"0123456789ab\"", as docker lists them.
std::string active_endpoints(store::Store& store, const std::string& network) {
  std::vector<std::string> out;
  for (const store::AddressLease& lease : store::live_addresses(store, network)) {
    const auto row = store.find_container(lease.container);
    const std::string text =
        cat("name:\"", row ? row->name : "", "\" id:\"", std::string_view(lease.container).substr(0, 12), "\"");
    if (std::find(out.begin(), out.end(), text) == out.end()) out.push_back(text);
  }
  return join(out, ", ");
}

}  // namespace

std::string create_network(store::Store& store, const NetworkSettings& settings) {
  ensure_predefined(store);
  store::NetworkBook book(store);
  const std::vector<NetworkView> others = parse_all(book.list());
  const bool is_taken = std::any_of(others.begin(), others.end(),
                                    [&](const NetworkView& other) { return other.network.name == settings.name; });
  if (is_taken) throw_error(ErrorKind::conflict, "network with name ", settings.name, " already exists");
  NetworkView view;
  view.created = now();
  view.driver = settings.driver;
  const bool is_beside_host = settings.driver == "macvlan" && !settings.subnets.empty();
  view.network = network_of(settings, taken_prefixes(others, !is_beside_host), random_hex(32));
  for (const NetworkView& other : others) {
    if (!view.network.parent.empty() && other.network.parent == view.network.parent) {
      throw_error(ErrorKind::conflict, "network ", other.network.name, " is already using parent interface ",
                  view.network.parent);
    }
    if (view.network.bridge.empty() || other.network.bridge != view.network.bridge) continue;
    throw_error(ErrorKind::conflict, "the interface ", view.network.bridge, " is that of network ", other.network.name);
  }
  book.add({view.network.id, view.network.name, view.created, to_json(view)});
  book.commit();
  record_network_event(store, "create", view);
  return view.network.id;
}

std::vector<NetworkView> list_networks(store::Store& store) {
  ensure_predefined(store);
  return parse_all(store.list_networks());
}

NetworkView load_network(store::Store& store, const std::string& name_or_id) {
  if (name_or_id.empty()) throw_error(ErrorKind::invalid, "invalid network name or ID: value is empty");
  ensure_predefined(store);
  mend_networks(store);
  if (const auto row = store.find_network(name_or_id)) return parse_network(*row);
  std::vector<store::NetworkRow> found;
  for (store::NetworkRow& row : store.list_networks()) {
    if (row.id.starts_with(name_or_id)) found.push_back(std::move(row));
  }
  if (found.size() == 1) return parse_network(found[0]);
  if (found.empty()) throw_error(ErrorKind::not_found, "network ", printable(name_or_id), " not found");
  throw_error(ErrorKind::invalid, "network ", name_or_id, " is ambiguous (", found.size(),
              " matches found on ID prefix)");
}

bool is_network_used(store::Store& store, const NetworkView& view) {
  return !store::live_addresses(store, view.network.id).empty();
}

void reload_networks(store::Store& store) {
  linux::NetlinkSocket routes = linux::NetlinkSocket::open(NETLINK_ROUTE);
  for (const NetworkView& view : list_networks(store)) {
    if (view.driver == "bridge" && is_network_used(store, view)) network::ensure_bridge(routes, view.network);
  }
  refresh_firewall(store);
}

void remove_network(store::Store& store, const std::string& name_or_id) {
  const NetworkView view = load_network(store, name_or_id);
  if (view.is_predefined()) {
    throw_error(ErrorKind::permission, view.network.name, " is a pre-defined network and cannot be removed");
  }
  store::NetworkBook book(store);
  {
    // race: who leases an address looks for the row after its own; see network_place.cc.
    store::LeaseBook leases(store);
    const std::string users = active_endpoints(store, view.network.id);
    if (!users.empty()) {
      throw_error(ErrorKind::in_use, "error while removing network: network ", view.network.name,
                  " has active endpoints (", users, ")");
    }
    // order: the bridge before the row, from which it is made again where this is killed in between; without a row
    // nobody would know whose it is. Rules that are of no row are seen, and made anew, by the next start.
    linux::NetlinkSocket routes = linux::NetlinkSocket::open(NETLINK_ROUTE);
    network::remove_bridge(routes, view.network);
    discard_names(store, view.network.id);
    book.remove(view.network.id);
    book.commit();
  }
  refresh_firewall(store);
  record_network_event(store, "destroy", view);
}

std::vector<std::string> prune_networks(store::Store& store, const std::function<bool(const NetworkView&)>& wanted) {
  std::vector<std::string> out;
  mend_networks(store);
  for (const NetworkView& view : list_networks(store)) {
    if (view.is_predefined() || !wanted(view)) continue;
    // As docker: one that a stopped container is to be on is not in use.
    if (is_network_used(store, view)) continue;
    try {
      remove_network(store, view.network.id);
      out.push_back(view.network.name);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::in_use && error.kind() != ErrorKind::not_found) throw;  // race: used, removed
    }
  }
  return out;
}

void remove_all_networks(store::Store& store) {
  const std::vector<NetworkView> views = parse_all(store.list_networks());
  if (views.empty()) return;
  store::NetworkBook book(store);
  linux::NetlinkSocket routes = linux::NetlinkSocket::open(NETLINK_ROUTE);
  for (const NetworkView& view : views) {
    network::remove_bridge(routes, view.network);
    book.remove(view.network.id);
  }
  book.commit();
  remove_firewall(store);
}

}  // namespace minidock::engine
