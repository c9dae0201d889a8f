#include "linux/nft_read.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>

namespace minidock::linux {

namespace {

NetlinkMessages dump_request(uint16_t message, int family, uint16_t table_attribute, const std::string& table) {
  nfgenmsg header = {};
  header.nfgen_family = static_cast<uint8_t>(family);
  NetlinkMessages out;
  out.begin(static_cast<uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | message), NLM_F_DUMP);
  out.add(header);
  if (!table.empty()) out.text(table_attribute, table);
  out.end();
  return out;
}

std::string_view attributes_of(std::string_view body) {
  return body.substr(NLMSG_ALIGN(sizeof(nfgenmsg)));
}

// nf_tables speaks in network order.
uint32_t number_of(std::string_view value) {
  return ntohl(read_value<uint32_t>(value));
}

std::string text_of(std::string_view value) {
  return std::string(value.substr(0, value.find('\0')));
}

// The attribute of a type in a nest; empty where there is none.
std::string_view find_attribute(std::string_view nest, uint16_t wanted) {
  std::string_view out;
  each_attribute(nest, [&](uint16_t type, std::string_view value) {
    if (type == wanted) out = value;
  });
  return out;
}

enum class Effect { none, refuses, other };

Effect effect_of(std::string_view expression) {
  const std::string name = text_of(find_attribute(expression, NFTA_EXPR_NAME));
  const std::string_view data = find_attribute(expression, NFTA_EXPR_DATA);
  if (name == "counter" || name == "log") return Effect::none;
  if (name == "reject") return Effect::refuses;
  // iptables' own way to say it.
  if (name == "target" && text_of(find_attribute(data, NFTA_TARGET_NAME)) == "REJECT") return Effect::refuses;
  if (name != "immediate") return Effect::other;
  const std::string_view verdict = find_attribute(find_attribute(data, NFTA_IMMEDIATE_DATA), NFTA_DATA_VERDICT);
  const std::string_view code = find_attribute(verdict, NFTA_VERDICT_CODE);
  return !code.empty() && number_of(code) == NF_DROP ? Effect::refuses : Effect::other;
}

// Without a condition before it.
bool refuses_all(std::string_view expressions) {
  bool out = false, has_other = false;
  each_attribute(expressions, [&](uint16_t, std::string_view expression) {
    const Effect effect = effect_of(expression);
    out |= effect == Effect::refuses;
    has_other |= effect == Effect::other;
  });
  return out && !has_other;
}

}  // namespace

size_t count_nft_rules(NetlinkSocket& socket, const std::string& table) {
  size_t count = 0;
  socket.dump(dump_request(NFT_MSG_GETRULE, NFPROTO_INET, NFTA_RULE_TABLE, table), "read the nftables rules",
              [&](uint16_t, std::string_view) { ++count; });
  return count;
}

std::vector<NftBaseChain> read_nft_base_chains(NetlinkSocket& socket) {
  std::vector<NftBaseChain> out;
  socket.dump(dump_request(NFT_MSG_GETCHAIN, NFPROTO_UNSPEC, 0, ""), "read the nftables chains",
              [&](uint16_t, std::string_view body) {
                const std::string_view attributes = attributes_of(body);
                const std::string_view hook = find_attribute(attributes, NFTA_CHAIN_HOOK);
                if (hook.empty()) return;
                NftBaseChain chain;
                chain.family = read_value<nfgenmsg>(body).nfgen_family;
                chain.table = text_of(find_attribute(attributes, NFTA_CHAIN_TABLE));
                chain.name = text_of(find_attribute(attributes, NFTA_CHAIN_NAME));
                chain.hook = number_of(find_attribute(hook, NFTA_HOOK_HOOKNUM));
                const std::string_view policy = find_attribute(attributes, NFTA_CHAIN_POLICY);
                chain.drops = !policy.empty() && number_of(policy) == NF_DROP;
                out.push_back(std::move(chain));
              });
  return out;
}

std::vector<NftRuleView> read_nft_rules(NetlinkSocket& socket, int family, const std::string& table) {
  std::vector<NftRuleView> out;
  socket.dump(dump_request(NFT_MSG_GETRULE, family, NFTA_RULE_TABLE, table), "read the nftables rules",
              [&](uint16_t, std::string_view body) {
                const std::string_view attributes = attributes_of(body);
                NftRuleView rule;
                rule.chain = text_of(find_attribute(attributes, NFTA_RULE_CHAIN));
                rule.expressions = std::string(find_attribute(attributes, NFTA_RULE_EXPRESSIONS));
                rule.refuses_all = refuses_all(rule.expressions);
                out.push_back(std::move(rule));
              });
  return out;
}

}  // namespace minidock::linux
