// What there is in nftables, of ours and of others: base chains and rules, as far as who has to get along with them
// asks. Sources: include/uapi/linux/netfilter/nf_tables.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linux/netlink_message.h"

namespace minidock::linux {

// How many rules a table of the family inet has; 0 where there is no such table.
size_t count_nft_rules(NetlinkSocket& socket, const std::string& table);

// A base chain of any table.
struct NftBaseChain {
  int family = 0;  // NFPROTO_*
  std::string table, name;
  uint32_t hook = 0;
  bool drops = false;  // its policy
};
std::vector<NftBaseChain> read_nft_base_chains(NetlinkSocket& socket);

struct NftRuleView {
  std::string chain;
  bool refuses_all = false;  // drops or rejects whatever comes to it
  std::string expressions;   // as the kernel has them
};
// Of one table, chain by chain, in their order.
std::vector<NftRuleView> read_nft_rules(NetlinkSocket& socket, int family, const std::string& table);

}  // namespace minidock::linux
