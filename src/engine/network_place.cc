#include "engine/network_place.h"

#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "base/text.h"
#include "engine/address_leasing.h"
#include "engine/identity_files.h"
#include "engine/network_names.h"
#include "engine/networks.h"
#include "engine/port_leasing.h"
#include "engine/waiting.h"
#include "store/network_leases.h"

namespace minidock::engine {

namespace {

// A container's network namespace may have links of the kernel's own making besides lo; ours come after those.
constexpr uint32_t kFirstIndex = 32;

struct Membership {
  NetworkView view;
  const NetworkOption* option = nullptr;
  uint32_t bridge = 0;  // index
  network::Endpoint endpoint;
};

std::vector<Membership> load_memberships(store::Store& store, const ContainerConfig& config) {
  std::vector<Membership> out;
  for (const NetworkOption& option : config.networks) {
    Membership one{load_network(store, option.network), &option, 0, {}};
    one.endpoint.interface = cat("eth", out.size());
    one.endpoint.index = kFirstIndex + static_cast<uint32_t>(out.size());
    out.push_back(std::move(one));
  }
  // Docker's: the first that leads out is where the default routes go, and published ports lead to.
  for (Membership& one : out) {
    if (one.view.network.internal) continue;
    one.endpoint.is_gateway = true;
    break;
  }
  return out;
}

void require_still_there(store::Store& store, const std::vector<Membership>& memberships) {
  for (const Membership& one : memberships) {
    const auto row = store.find_network(one.view.network.name);
    // race: removed since; whoever removes it from here on sees our leases.
    if (row && row->id == one.view.network.id) continue;
    throw_error(ErrorKind::not_found, "network ", one.view.network.name, " not found");
  }
}

linux::MacAddress mac_of_endpoint(const Membership& one) {
  if (one.option->mac.empty()) return network::mac_of(one.endpoint.addresses.at(0));
  const auto mac = linux::parse_mac(one.option->mac);
  if (!mac) throw_error(ErrorKind::invalid, "invalid MAC address: ", printable(one.option->mac));
  return *mac;
}

EndpointRecord record_of(const Membership& one) {
  EndpointRecord out;
  out.network = one.view.network.name;
  out.network_id = one.view.network.id;
  out.interface = one.endpoint.interface;
  out.mac = linux::to_text(one.endpoint.mac);
  out.aliases = one.option->aliases;
  for (const linux::IpAddress& address : one.endpoint.addresses) {
    for (const network::Subnet& subnet : one.view.network.subnets) {
      if (!subnet.prefix.contains(address)) continue;
      (address.is_v6() ? out.ipv6 : out.ipv4) = to_text(address);
      (address.is_v6() ? out.prefix6 : out.prefix4) = subnet.prefix.length;
      if (!one.view.network.internal) (address.is_v6() ? out.gateway6 : out.gateway4) = to_text(subnet.gateway);
    }
  }
  return out;
}

std::vector<PortRecord> records_of(const std::vector<network::PublishedPort>& ports) {
  std::vector<PortRecord> out;
  for (const network::PublishedPort& port : ports) {
    out.push_back({cat(port.container_port, "/", protocol_name(port.protocol)), to_text(port.host), port.host_port});
  }
  return out;
}

std::vector<network::FirewallNetwork> firewall_networks(store::Store& store) {
  std::vector<network::FirewallNetwork> out;
  for (const NetworkView& view : list_networks(store)) {
    if (view.driver == "bridge") out.push_back(network::firewall_network(view.network));
  }
  return out;
}

std::vector<network::PublishedPort> published(const std::vector<store::PortLease>& leases) {
  std::vector<network::PublishedPort> out;
  for (const store::PortLease& lease : leases) out.push_back(published_port(lease));
  return out;
}

linux::NetlinkSocket open_filter() {
  return linux::NetlinkSocket::open(NETLINK_NETFILTER);
}

[[noreturn]] void throw_without_rules(int failure) {
  if (failure == EOPNOTSUPP || failure == ENOENT || failure == EINVAL) {
    throw_error(ErrorKind::unsupported,
                "set up the rules of networks: this kernel lacks part of nftables; it needs CONFIG_NF_TABLES, "
                "NF_TABLES_INET, NFT_NAT, NFT_MASQ, NFT_FIB_INET and NFT_CT; use --network host or none");
  }
  throw_errno_message(failure, "set up the rules of networks");
}

void make_firewall(store::Store& store, linux::NetlinkSocket& filter, const std::vector<store::PortLease>& leases) {
  linux::NetlinkRefusal refusal;
  const int failure = filter.try_request(firewall_of(store).make(firewall_networks(store), published(leases)), refusal);
  if (failure != 0) throw_without_rules(failure);
}

// Takes away what is stale and adds what is new, in one batch each; where the table is not as it should be, all anew.
void update_firewall(store::Store& store, store::LeaseBook& book, const std::string& container,
                     const std::vector<store::PortLease>& stale, const std::vector<network::PublishedPort>& added) {
  linux::NetlinkSocket filter = open_filter();
  const network::Firewall firewall = firewall_of(store);
  linux::NetlinkRefusal refusal;
  const bool is_good = firewall.is_whole(filter, firewall_networks(store)) &&
                       (stale.empty() || filter.try_request(firewall.remove_ports(published(stale)), refusal) == 0) &&
                       (added.empty() || filter.try_request(firewall.add_ports(added), refusal) == 0);
  if (!is_good) make_firewall(store, filter, book.live_ports(container));
}

Fd bundle(const std::vector<Fd>& held) {
  std::vector<int> descriptors;
  for (const Fd& fd : held) descriptors.push_back(fd.get());
  return network::bundle_descriptors(descriptors);
}

}  // namespace

network::Firewall firewall_of(const store::Store& store) {
  return network::Firewall(cat("minidock-", store.id()));
}

void refresh_firewall(store::Store& store) {
  store::LeaseBook book(store);
  linux::NetlinkSocket filter = open_filter();
  make_firewall(store, filter, book.live_ports(""));
}

void remove_firewall(store::Store& store) {
  linux::NetlinkSocket filter = open_filter();
  linux::NetlinkRefusal refusal;
  const int failure = filter.try_request(firewall_of(store).remove(), refusal);
  if (failure != 0 && failure != EOPNOTSUPP) throw_errno_message(failure, "remove the rules of networks");
}

// What is open in `held` keeps the names good.
void NetworkPlace::take_names(store::Store& store, const store::ContainerRow& row, const ContainerConfig& config,
                              bool leads_out, std::vector<Fd>& held) {
  const std::string host_text = find_file_text(AT_FDCWD, "/etc/resolv.conf").value_or("");
  has_resolver_ = engine::has_resolver(record_, config.dns, host_text);
  std::vector<std::string> servers;
  if (has_resolver_ && leads_out) servers = config.dns.empty() ? name_servers(host_text) : config.dns;
  std::erase_if(servers, [](const std::string& server) { return !linux::parse_ip(server); });
  held.push_back(hold_up(store.run_directory(row.id)));
  const NamedContainer named{row.id, row.name, hostname(config, row.id)};
  named_store_ = &store;
  named_ = row.id;
  publish_names(store, named, record_, list_names(named, record_, std::move(servers)));
  if (has_resolver_) own_.push_back(resolver_request());
}

// Delegates, so that the destructor withdraws what a failure half-way leaves.
NetworkPlace::NetworkPlace(store::Store& store, const store::ContainerRow& row, const ContainerConfig& config)
    : NetworkPlace() {
  if (config.networks.empty()) {
    join(store, config.network);
    return;
  }
  std::vector<Membership> memberships = load_memberships(store, config);
  {
    linux::NetlinkSocket routes = linux::NetlinkSocket::open(NETLINK_ROUTE);
    for (Membership& one : memberships) one.bridge = network::ensure_bridge(routes, one.view.network);
  }
  store::LeaseBook book(store);
  std::vector<store::PortLease> stale;
  std::vector<Fd> held;
  bool leads_out = false;
  for (Membership& one : memberships) {
    one.endpoint.addresses = lease_addresses(book, one.view.network, *one.option, row.id);
    one.endpoint.mac = mac_of_endpoint(one);
    for (const linux::IpAddress& address : one.endpoint.addresses) {
      for (store::PortLease& old : book.drop_stale(row.id, std::string(address.view())))
        stale.push_back(std::move(old));
    }
    record_.endpoints.push_back(record_of(one));
  }
  for (const Membership& one : memberships) {
    if (!one.endpoint.is_gateway) continue;
    leads_out = true;
    LeasedPorts leased = lease_ports(store, book, wanted_ports(config), one.endpoint.addresses, row.id, stale);
    for (network::HeldPort& port : leased.held) held.push_back(std::move(port.socket));
    ports_ = std::move(leased.ports);
  }
  record_.ports = records_of(ports_);
  require_still_there(store, memberships);
  table_ = firewall_of(store).table();
  kept_ = false;  // from here on there may be something to withdraw
  update_firewall(store, book, row.id, stale, ports_);
  take_names(store, row, config, leads_out, held);
  held_ = bundle(held);
  book.commit();
  for (const Membership& one : memberships) {
    const network::Network& network = one.view.network;
    const std::string& interface = one.endpoint.interface;
    network::HostMessages wire = network::connect_to_bridge(network, one.bridge, one.endpoint, "md" + random_hex(5));
    host_.push_back(
        {cat("make ", interface, ", a wire to network ", network.name),
         cat("a veth pair: one end is a port of the bridge ", network.bridge, ", the other the container's"),
         NETLINK_ROUTE, wire.messages.bytes(), static_cast<int64_t>(wire.pid_place)});
    own_.push_back({cat("set up ", interface), "its addresses, and the routes by the network's gateway", NETLINK_ROUTE,
                    network::configure_endpoint(network, one.endpoint).bytes(), -1});
    // No address that nobody gave it, and no route or address that a neighbour tells of.
    const std::string setting = cat("net.ipv6.conf.", interface, network.has_v6() ? ".accept_ra" : ".disable_ipv6");
    settings_[setting] = network.has_v6() ? "0" : "1";
  }
}

void NetworkPlace::join(store::Store& store, const std::string& network) {
  if (network.starts_with("ns:")) joined_path_ = network.substr(3);
  if (!network.starts_with(kContainerMode)) return;
  const store::ContainerRow other = store.load_container(network.substr(kContainerMode.size()));
  const auto run = monitor::find_run_state(store.run_directory(other.id));
  const std::optional<Fd> process = run ? find_running_process(*run) : std::nullopt;
  if (process) joined_ = open_file(AT_FDCWD, cat("/proc/", run->pid, "/ns/net"), O_RDONLY);
  // race: its number is somebody else's where it has ended by now.
  if (!process || wait_for_process(process->get(), 0)) {
    throw_error(ErrorKind::conflict, "cannot join network of a non running container: ", other.id);
  }
  joined_path_ = cat("/proc/", ::getpid(), "/fd/", joined_.get());
  joined_container_ = other.id;
}

NetworkPlace::NetworkPlace(NetworkPlace&& other) noexcept {
  *this = std::move(other);
}

NetworkPlace& NetworkPlace::operator=(NetworkPlace&& other) noexcept {
  std::swap(record_, other.record_);
  std::swap(host_, other.host_);
  std::swap(own_, other.own_);
  std::swap(settings_, other.settings_);
  std::swap(ports_, other.ports_);
  std::swap(table_, other.table_);
  std::swap(has_resolver_, other.has_resolver_);
  std::swap(named_store_, other.named_store_);
  std::swap(named_, other.named_);
  std::swap(held_, other.held_);
  std::swap(joined_, other.joined_);
  std::swap(joined_path_, other.joined_path_);
  std::swap(joined_container_, other.joined_container_);
  std::swap(kept_, other.kept_);
  return *this;
}

NetworkPlace::~NetworkPlace() {
  if (!kept_) withdraw();
}

// The leases end with the container's lock. Where this fails, the ports lead to an address that nobody has; whoever
// gets that address next takes them away.
void NetworkPlace::withdraw() noexcept {
  if (named_store_ != nullptr) withdraw_names(*named_store_, named_);
  try {
    linux::NetlinkSocket filter = open_filter();
    linux::NetlinkRefusal refusal;
    if (!ports_.empty()) filter.try_request(network::Firewall(table_).remove_ports(ports_), refusal);
  } catch (const Error&) {
  }
}

void NetworkPlace::add_to(runtime::Bundle& bundle) const {
  bundle.host_network = host_;
  bundle.own_network = own_;
  bundle.network_settings = settings_;
}

void NetworkPlace::add_to(monitor::LaunchRequest& request) const {
  if (!ports_.empty()) request.end_network = network::Firewall(table_).remove_ports(ports_).bytes();
  request.answers_names = has_resolver_;
  request.held_fd = held_.get();
}

}  // namespace minidock::engine
