#include "engine/network_place.h"

#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/identity_files.h"
#include "engine/live_network.h"
#include "engine/network_membership.h"
#include "engine/network_names.h"
#include "engine/network_rules.h"
#include "engine/port_leasing.h"

namespace minidock::engine {

namespace {

Fd bundle(const std::vector<Fd>& held) {
  std::vector<int> descriptors;
  for (const Fd& fd : held) descriptors.push_back(fd.get());
  return network::bundle_descriptors(descriptors);
}

}  // namespace

// What is open in `held` keeps the names good.
void NetworkPlace::take_names(store::Store& store, const store::ContainerRow& row, const ContainerConfig& config,
                              std::vector<Fd>& held) {
  const std::string host_text = find_file_text(AT_FDCWD, "/etc/resolv.conf").value_or("");
  has_resolver_ = engine::has_resolver(record_, config.dns, host_text);
  held.push_back(hold_up(store.run_directory(row.id)));
  const NamedContainer named{row.id, row.name, hostname(config, row.id)};
  named_store_ = &store;
  named_ = row.id;
  publish_names(store, named, record_, list_names(named, record_, servers_behind(record_, config.dns, host_text)));
  if (has_resolver_) own_.push_back(resolver_request());
}

// order: the leases are in the book before a rule leads anywhere, and what is stale is in the book until no rule does.
// So whoever has an address or a port next knows of each rule that a killed command has left.
void NetworkPlace::change_rules(store::Store& store, const std::string& container,
                                const std::vector<store::PortLease>& stale,
                                const std::vector<store::PortLease>& leases) {
  // race: nobody makes the table anew meanwhile, from a book that he has read before.
  store::LeaseBook book(store);
  update_firewall(store, book, container, stale, ports_);
  if (stale.empty()) return;
  for (const store::PortLease& lease : stale) book.drop(lease);
  for (const store::PortLease& lease : leases) book.take(lease);  // one of its own earlier runs may have been the same
  book.commit();
}

// Delegates, so that the destructor withdraws what a failure half-way leaves.
NetworkPlace::NetworkPlace(store::Store& store, const store::ContainerRow& row, const ContainerConfig& config)
    : NetworkPlace() {
  if (config.networks.empty()) {
    join(store, config.network);
    return;
  }
  std::vector<Membership> memberships = load_memberships(store, config);
  ensure_host_sides(memberships);
  const network::DescriptorRoom room;
  store::LeaseBook book(store);
  std::vector<store::PortLease> stale = book.find_ports(row.id);
  std::vector<Fd> held;
  std::vector<store::PortLease> leases;
  for (Membership& one : memberships) {
    lease(book, one, row.id, stale);
    record_.endpoints.push_back(record_of(one));
  }
  choose_ways_out(memberships, record_);
  const std::vector<linux::IpAddress> addresses = published_addresses(record_);
  if (!addresses.empty()) {
    std::vector<PublishOption> wanted = wanted_ports(config);
    for (PublishOption& option : wanted) {
      if (option.host_address.empty()) option.host_address = host_address(memberships);
    }
    LeasedPorts leased = lease_ports(store, book, wanted, addresses, row.id, stale);
    for (network::HeldPort& port : leased.held) held.push_back(std::move(port.socket));
    ports_ = std::move(leased.ports);
    leases = std::move(leased.leases);
    relays_ = relay_targets(leased.relayed);
    std::vector<Fd> listeners;
    for (RelayedPort& port : leased.relayed) listeners.push_back(std::move(port.socket));
    relayed_ = bundle(listeners);
  }
  for (const network::PublishedPort& port : ports_) record_.held.push_back(port_record(port));
  record_.ports = record_.held;
  require_still_there(store, memberships);
  table_ = firewall_of(store).table();
  kept_ = false;  // from here on there may be something to withdraw
  take_names(store, row, config, held);
  held_ = bundle(held);
  book.commit();
  change_rules(store, row.id, stale, leases);
  for (const Membership& one : memberships) {
    discard_stale_wire(one);
    Wire wire = wire_of(one);
    host_.push_back(std::move(wire.host));
    own_.push_back(std::move(wire.own));
    settings_.merge(wire.settings);
  }
}

void NetworkPlace::join(store::Store& store, const std::string& network) {
  if (network.starts_with("ns:")) joined_path_ = network.substr(3);
  if (!network.starts_with(kContainerMode)) return;
  const store::ContainerRow other = store.load_container(network.substr(kContainerMode.size()));
  auto running = find_running_network(store, other.id);
  if (!running) throw_error(ErrorKind::conflict, "cannot join network of a non running container: ", other.id);
  joined_ = std::move(running->network);
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
  std::swap(relays_, other.relays_);
  std::swap(relayed_, other.relayed_);
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
  request.relays = relays_;
  request.relay_fd = relayed_.get();
}

}  // namespace minidock::engine
