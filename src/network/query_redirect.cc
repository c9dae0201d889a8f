#include "network/query_redirect.h"

#include <netinet/in.h>  // order: before the kernel's own, which then leave out what is here

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>

#include "linux/nft.h"

namespace minidock::network {

namespace {
template <typename T>
std::string raw_bytes(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}
}  // namespace

linux::NetlinkMessages redirect_queries(const std::string& table, uint32_t address, uint16_t port) {
  constexpr uint32_t kDestination = 16, kDestinationPort = 2;  // in the headers of IPv4, and of UDP and TCP
  linux::NftBatch batch(table);
  batch.add_table().add_chain("output", {"nat", NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST});
  for (const uint8_t protocol : {uint8_t{IPPROTO_UDP}, uint8_t{IPPROTO_TCP}}) {
    // meta nfproto ipv4 meta l4proto udp ip daddr 127.0.0.11 th dport 53 dnat ip to 127.0.0.11:61053
    linux::NftRule rule;
    rule.meta(NFT_META_NFPROTO, 0).is_equal(0, raw_bytes(uint8_t{NFPROTO_IPV4}));
    rule.meta(NFT_META_L4PROTO, 0).is_equal(0, raw_bytes(protocol));
    rule.network_header(kDestination, 4, 0).is_equal(0, raw_bytes(htonl(address)));
    rule.transport_header(kDestinationPort, 2, 0).is_equal(0, raw_bytes(htons(kNamePort)));
    rule.load(0, raw_bytes(htonl(address))).load(1, raw_bytes(htons(port))).destination_nat(NFPROTO_IPV4, 0, 1);
    batch.add_rule("output", rule);
  }
  return batch.finish();
}

}  // namespace minidock::network
