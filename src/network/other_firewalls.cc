#include "network/other_firewalls.h"

#include <linux/netfilter.h>

#include "base/text.h"
#include "linux/nft_read.h"

namespace minidock::network {

namespace {

// "" for one that no packet of a container comes by.
std::string family_name(int family) {
  if (family == NFPROTO_IPV4) return "ip";
  if (family == NFPROTO_INET) return "inet";
  return family == NFPROTO_IPV6 ? "ip6" : "";
}

}  // namespace

std::vector<Barrier> find_barriers(linux::NetlinkSocket& filter, const std::string& own) {
  std::vector<Barrier> out;
  for (const linux::NftBaseChain& chain : linux::read_nft_base_chains(filter)) {
    Barrier barrier{family_name(chain.family), chain.table, chain.name, ""};
    if (chain.hook != NF_INET_FORWARD || barrier.family.empty() || chain.table == own) continue;
    bool is_shut = chain.drops;
    for (const linux::NftRuleView& rule : linux::read_nft_rules(filter, chain.family, chain.table)) {
      is_shut |= rule.refuses_all && rule.chain == chain.name;  // the last one, as firewalld has it
      barrier.rules += rule.expressions;
    }
    if (is_shut) out.push_back(std::move(barrier));
  }
  return out;
}

bool stops(const Barrier& barrier, const std::string& bridge, bool v6) {
  if (barrier.family == "ip6" && !v6) return false;
  // kernel: a name of an interface is compared with its end; what stands before it is a small number.
  for (size_t at = 0; (at = barrier.rules.find(bridge + '\0', at)) != std::string::npos; ++at) {
    if (at > 0 && static_cast<unsigned char>(barrier.rules[at - 1]) <= ' ') return false;
  }
  return true;
}

std::string opening_line(const Barrier& barrier, const std::string& bridge) {
  const std::string rule = cat("insert rule ", barrier.family, " ", barrier.table, " ", barrier.chain, " ");
  return cat("nft '", rule, "iifname \"", bridge, "\" accept; ", rule, "oifname \"", bridge, "\" accept'");
}

}  // namespace minidock::network
