#include "network/firewall.h"

#include <netinet/in.h>  // order: before the kernel's own, which then leave out what is here

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>
#include <linux/rtnetlink.h>

#include "base/text.h"
#include "linux/nft.h"
#include "linux/nft_read.h"

namespace minidock::network {

namespace {

using linux::IpPrefix;
using linux::NftBatch;
using linux::NftElement;
using linux::NftKey;
using linux::NftRule;
using linux::NftType;

template <typename T>
std::string bytes_of(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

// What differs between the two families.
struct Family {
  uint8_t number;                // NFPROTO_*
  uint32_t source, destination;  // where the addresses lie in a header
  uint32_t length;
  NftType type;
  const char *subnets, *ports, *any_ports;
};
constexpr Family kFamilies[] = {
    {NFPROTO_IPV4, 12, 16, 4, NftType::ipv4_address, "subnets4", "ports4", "any4"},
    {NFPROTO_IPV6, 8, 24, 16, NftType::ipv6_address, "subnets6", "ports6", "any6"},
};

NftRule of_family(const Family& family) {
  NftRule rule;
  rule.meta(NFT_META_NFPROTO, 0).is_equal(0, bytes_of(family.number));
  return rule;
}

// Words of an address in a concatenation.
unsigned words_of(const Family& family) {
  return family.length / 4;
}

// Any of the bits of a conntrack key is set.
NftRule& has_bits(NftRule& rule, uint32_t key, uint32_t bits) {
  return rule.conntrack(key, 0).mask(0, bytes_of(bits)).is_other(0, bytes_of(uint32_t{0}));
}

// ct status dnat
NftRule& destination_was_changed(NftRule& rule) {
  return has_bits(rule, NFT_CT_STATUS, IPS_DST_NAT);
}

// iifname . oifname: four words each.
NftRule& within_network(NftRule& rule) {
  return rule.meta(NFT_META_IIFNAME, 0).meta(NFT_META_OIFNAME, 4).is_in("within", 0);
}

void add_sets(NftBatch& batch) {
  batch.add_set({"bridges", {NftType::interface_name}, {}, false});
  batch.add_set({"internal", {NftType::interface_name}, {}, false});
  batch.add_set({"within", {NftType::interface_name, NftType::interface_name}, {}, false});
  for (const Family& family : kFamilies) {
    batch.add_set({family.subnets, {family.type}, {}, true});
    batch.add_set(
        {family.ports, {NftType::protocol, family.type, NftType::service}, {family.type, NftType::service}, false});
    batch.add_set({family.any_ports, {NftType::protocol, NftType::service}, {family.type, NftType::service}, false});
  }
}

// What claims to come for the host's loopback from elsewhere: bridges take such packets, for the sake of what the host
// itself sends there (see bridge_settings() in bridge.cc).
void add_protection(NftBatch& batch) {
  batch.add_chain("protect", {"filter", NF_INET_PRE_ROUTING, NF_IP_PRI_RAW});
  // iifname != "lo" ip daddr & 255.0.0.0 == 127.0.0.0 drop
  std::string loopback = "lo";
  loopback.resize(16);
  NftRule rule = of_family(kFamilies[0]);
  rule.meta(NFT_META_IIFNAME, 0).is_other(0, loopback);
  rule.network_header(kFamilies[0].destination, 4, 0).mask(0, bytes_of(htonl(0xff000000)));
  batch.add_rule("protect", rule.is_equal(0, bytes_of(htonl(0x7f000000))).drop());
}

void add_publishing(NftBatch& batch) {
  batch.add_chain("publish");
  for (const Family& family : kFamilies) {
    const unsigned after = 1 + words_of(family);
    if (family.number == NFPROTO_IPV6) {
      // kernel: what the host sends to ::1 cannot leave it; the monitors relay that. ip6 daddr ::1 return
      NftRule rule = of_family(family);
      rule.network_header(family.destination, family.length, 0);
      batch.add_rule("publish", rule.is_equal(0, std::string(15, '\0') + '\1').leave());
    }
    // dnat ip to meta l4proto . ip daddr . th dport map @ports4
    NftRule exact = of_family(family);
    exact.meta(NFT_META_L4PROTO, 0).network_header(family.destination, family.length, 1).transport_header(2, 2, after);
    batch.add_rule("publish",
                   exact.find_in_map(family.ports, 0, 0).destination_nat(family.number, 0, words_of(family)));
    // dnat ip to meta l4proto . th dport map @any4
    NftRule any = of_family(family);
    any.meta(NFT_META_L4PROTO, 0).transport_header(2, 2, 1);
    batch.add_rule("publish",
                   any.find_in_map(family.any_ports, 0, 0).destination_nat(family.number, 0, words_of(family)));
  }
  batch.add_chain("prerouting", {"nat", NF_INET_PRE_ROUTING, NF_IP_PRI_NAT_DST});
  batch.add_chain("output", {"nat", NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST});
  for (const char* chain : {"prerouting", "output"}) {
    // fib daddr type local jump publish
    NftRule rule;
    rule.address_type(NftRule::Address::destination, 0).is_equal(0, bytes_of(uint32_t{RTN_LOCAL})).jump("publish");
    batch.add_rule(chain, rule);
  }
}

std::string mask_of(const IpPrefix& prefix) {
  linux::IpAddress ones = prefix.address;
  ones.bytes.fill(0xff);
  return std::string(linux::make_prefix(ones, prefix.length).address.view());
}

void add_masquerading(NftBatch& batch, const std::vector<FirewallNetwork>& networks) {
  batch.add_chain("postrouting", {"nat", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC});
  for (const Family& family : kFamilies) {
    // ip saddr @subnets4 oifname != @bridges masquerade
    NftRule rule = of_family(family);
    rule.network_header(family.source, family.length, 0).is_in(family.subnets, 0);
    batch.add_rule("postrouting", rule.meta(NFT_META_OIFNAME, 0).is_not_in("bridges", 0).masquerade());
  }
  // The host's own requests to a published port: 127.0.0.1 means nothing to the container.
  // oifname @bridges ct status dnat fib saddr type local masquerade
  NftRule own;
  own.meta(NFT_META_OIFNAME, 0).is_in("bridges", 0);
  destination_was_changed(own).address_type(NftRule::Address::source, 0).is_equal(0, bytes_of(uint32_t{RTN_LOCAL}));
  batch.add_rule("postrouting", own.masquerade());
  // A container that asks for a published port of its own network: the answer has to come by the host again.
  // kernel: with br_netfilter it has not come in at the bridge but at a port of it, so its address has to tell.
  // ip saddr 172.18.0.0/16 oifname "minidock0" ct status dnat masquerade
  for (const FirewallNetwork& network : networks) {
    for (const IpPrefix& subnet : network.subnets) {
      const Family& family = kFamilies[subnet.address.is_v6() ? 1 : 0];
      NftRule rule = of_family(family);
      rule.network_header(family.source, family.length, 0).mask(0, mask_of(subnet)).is_equal(0, subnet.address.view());
      rule.meta(NFT_META_OIFNAME, 0).is_equal(0, NftKey().add_interface(network.bridge).bytes());
      batch.add_rule("postrouting", destination_was_changed(rule).masquerade());
    }
  }
}

void add_isolation(NftBatch& batch) {
  batch.add_chain("forward", {"filter", NF_INET_FORWARD, NF_IP_PRI_FILTER});
  batch.add_chain("entering");
  // kernel: with br_netfilter even what stays on a bridge comes by here.
  NftRule within;
  batch.add_rule("forward", within_network(within).accept());
  for (const uint32_t side : {NFT_META_IIFNAME, NFT_META_OIFNAME}) {
    // iifname @internal drop; oifname @internal drop
    NftRule rule;
    batch.add_rule("forward", rule.meta(side, 0).is_in("internal", 0).drop());
  }
  // oifname @bridges jump entering
  NftRule to_bridge;
  batch.add_rule("forward", to_bridge.meta(NFT_META_OIFNAME, 0).is_in("bridges", 0).jump("entering"));
  constexpr uint32_t kKnown = NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_BIT(IP_CT_RELATED);
  NftRule known, published, rest;
  batch.add_rule("entering", has_bits(known, NFT_CT_STATE, kKnown).accept());
  batch.add_rule("entering", destination_was_changed(published).accept());
  batch.add_rule("entering", rest.drop());
}

constexpr size_t kRules = 1 + 5 + 2 + 3 + 4 + 3;  // and one a subnet, for hairpins

void add_networks(NftBatch& batch, const std::vector<FirewallNetwork>& networks) {
  std::vector<NftElement> bridges, internal, within, subnets[2];
  for (const FirewallNetwork& network : networks) {
    bridges.push_back({NftKey().add_interface(network.bridge).bytes(), "", false});
    if (!network.isolated)
      within.push_back({NftKey().add_interface(network.bridge).add_interface(network.bridge).bytes(), "", false});
    if (network.internal) internal.push_back(bridges.back());
    if (network.internal || !network.masquerade) continue;
    for (const IpPrefix& subnet : network.subnets) {
      std::vector<NftElement>& list = subnets[subnet.address.is_v6() ? 1 : 0];
      list.push_back({std::string(subnet.address.view()), "", false});
      // kernel: an interval ends before the element after it.
      if (const auto end = linux::advance(subnet.last(), 1)) list.push_back({std::string(end->view()), "", true});
    }
  }
  batch.add_elements("bridges", bridges).add_elements("internal", internal).add_elements("within", within);
  for (const Family& family : kFamilies) {
    batch.add_elements(family.subnets, subnets[family.number == NFPROTO_IPV6 ? 1 : 0]);
  }
}

struct PortElements {
  const char* map;
  std::vector<NftElement> elements;
};

std::vector<PortElements> elements_of(const std::vector<PublishedPort>& ports) {
  std::vector<PortElements> out;
  for (const Family& family : kFamilies) out.insert(out.end(), {{family.ports, {}}, {family.any_ports, {}}});
  for (const PublishedPort& port : ports) {
    const size_t at = (port.host.is_v6() ? 2 : 0) + (port.host.is_any() ? 1 : 0);
    NftKey key, value;
    key.add_protocol(port.protocol);
    if (!port.host.is_any()) key.add(port.host.view());
    key.add_port(port.host_port);
    value.add(port.container.view()).add_port(port.container_port);
    out[at].elements.push_back({key.bytes(), value.bytes(), false});
  }
  return out;
}

}  // namespace

linux::NetlinkMessages Firewall::make(const std::vector<FirewallNetwork>& networks,
                                      const std::vector<PublishedPort>& ports) const {
  NftBatch batch(table_);
  batch.add_table().remove_table().add_table();
  add_sets(batch);
  add_protection(batch);
  add_publishing(batch);
  add_masquerading(batch, networks);
  add_isolation(batch);
  add_networks(batch, networks);
  for (const PortElements& part : elements_of(ports)) batch.add_elements(part.map, part.elements);
  return batch.finish();
}

linux::NetlinkMessages Firewall::remove() const {
  NftBatch batch(table_);
  return batch.add_table().remove_table().finish();
}

linux::NetlinkMessages Firewall::add_ports(const std::vector<PublishedPort>& ports) const {
  NftBatch batch(table_);
  for (const PortElements& part : elements_of(ports)) batch.add_elements(part.map, part.elements);
  return batch.finish();
}

linux::NetlinkMessages Firewall::remove_ports(const std::vector<PublishedPort>& ports) const {
  NftBatch batch(table_);
  for (const PortElements& part : elements_of(ports)) batch.remove_elements(part.map, part.elements);
  return batch.finish();
}

bool Firewall::is_whole(linux::NetlinkSocket& socket, const std::vector<FirewallNetwork>& networks) const {
  size_t rules = kRules;
  for (const FirewallNetwork& network : networks) rules += network.subnets.size();
  return linux::count_nft_rules(socket, table_) == rules;
}

}  // namespace minidock::network
