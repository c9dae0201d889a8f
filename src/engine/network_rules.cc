#include "engine/network_rules.h"

#include "base/error.h"
#include "base/text.h"
#include "engine/networks.h"
#include "engine/port_leasing.h"

namespace minidock::engine {

namespace {

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

}  // namespace

linux::NetlinkSocket open_filter() {
  return linux::NetlinkSocket::open(NETLINK_NETFILTER);
}

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

network::Firewall firewall_of(const store::Store& store) {
  return network::Firewall(cat("minidock-", store.id()));
}

void renew_firewall(store::Store& store, store::LeaseBook& book) {
  linux::NetlinkSocket filter = open_filter();
  make_firewall(store, filter, book.live_ports(""));
}

void refresh_firewall(store::Store& store) {
  store::LeaseBook book(store);
  renew_firewall(store, book);
}

void remove_firewall(store::Store& store) {
  linux::NetlinkSocket filter = open_filter();
  linux::NetlinkRefusal refusal;
  const int failure = filter.try_request(firewall_of(store).remove(), refusal);
  if (failure != 0 && failure != EOPNOTSUPP) throw_errno_message(failure, "remove the rules of networks");
}

}  // namespace minidock::engine
