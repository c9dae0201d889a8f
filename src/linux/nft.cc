#include "linux/nft.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>

#include <algorithm>

#include "base/error.h"

namespace minidock::linux {

namespace {

constexpr uint32_t kWord = 4;  // bytes of a register

uint16_t nft_type(uint16_t message) {
  return static_cast<uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | message);
}

// nf_tables speaks in network order.
void add_number(NetlinkMessages& out, uint16_t type, uint32_t value) {
  out.number(type, htonl(value));
}

uint32_t length_of(NftType type) {
  switch (type) {
    case NftType::ipv4_address:
      return 4;
    case NftType::ipv6_address:
    case NftType::interface_name:
      return 16;
    case NftType::protocol:
      return 1;
    case NftType::service:
      return 2;
  }
  return 0;
}

// What nft(8) leaves with a set for itself (libnftnl's udata: type, length, value): NFTNL_UDATA_SET_KEYBYTEORDER is
// BYTEORDER_HOST_ENDIAN. Without it, it shows a name as if it were a number.
constexpr std::string_view kHostOrderKey("\0\4\1\0\0\0", 6);

struct Shape {
  uint32_t type = 0, length = 0;
};

// A single type keeps its own length; in a concatenation each takes whole registers.
Shape shape_of(const std::vector<NftType>& types) {
  constexpr uint32_t kTypeBits = 6;
  Shape out;
  for (const NftType type : types) {
    const uint32_t length = length_of(type);
    out.type = out.type << kTypeBits | static_cast<uint32_t>(type);
    out.length += types.size() == 1 ? length : (length + kWord - 1) / kWord * kWord;
  }
  return out;
}

void add_value(NetlinkMessages& out, uint16_t type, std::string_view bytes) {
  const size_t nest = out.open(type);
  out.attribute(NFTA_DATA_VALUE, bytes);
  out.close(nest);
}

}  // namespace

NftRegister nft_register(unsigned word) {
  return NFT_REG32_00 + word;
}

void NftRule::open(const char* name) {
  element_ = expressions_.open(NFTA_LIST_ELEM);
  expressions_.text(NFTA_EXPR_NAME, name);
  data_ = expressions_.open(NFTA_EXPR_DATA);
}

void NftRule::close() {
  expressions_.close(data_);
  expressions_.close(element_);
}

NftRule& NftRule::meta(uint32_t key, unsigned word) {
  open("meta");
  add_number(expressions_, NFTA_META_DREG, nft_register(word));
  add_number(expressions_, NFTA_META_KEY, key);
  close();
  return *this;
}

NftRule& NftRule::conntrack(uint32_t key, unsigned word) {
  open("ct");
  add_number(expressions_, NFTA_CT_DREG, nft_register(word));
  add_number(expressions_, NFTA_CT_KEY, key);
  close();
  return *this;
}

namespace {
void add_payload(NetlinkMessages& out, uint32_t base, uint32_t offset, uint32_t length, unsigned word) {
  add_number(out, NFTA_PAYLOAD_DREG, nft_register(word));
  add_number(out, NFTA_PAYLOAD_BASE, base);
  add_number(out, NFTA_PAYLOAD_OFFSET, offset);
  add_number(out, NFTA_PAYLOAD_LEN, length);
}
}  // namespace

NftRule& NftRule::network_header(uint32_t offset, uint32_t length, unsigned word) {
  open("payload");
  add_payload(expressions_, NFT_PAYLOAD_NETWORK_HEADER, offset, length, word);
  close();
  return *this;
}

NftRule& NftRule::transport_header(uint32_t offset, uint32_t length, unsigned word) {
  open("payload");
  add_payload(expressions_, NFT_PAYLOAD_TRANSPORT_HEADER, offset, length, word);
  close();
  return *this;
}

NftRule& NftRule::address_type(Address of, unsigned word) {
  open("fib");
  add_number(expressions_, NFTA_FIB_DREG, nft_register(word));
  add_number(expressions_, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
  add_number(expressions_, NFTA_FIB_FLAGS, of == Address::source ? NFTA_FIB_F_SADDR : NFTA_FIB_F_DADDR);
  close();
  return *this;
}

NftRule& NftRule::mask(unsigned word, std::string_view bits) {
  open("bitwise");
  add_number(expressions_, NFTA_BITWISE_SREG, nft_register(word));
  add_number(expressions_, NFTA_BITWISE_DREG, nft_register(word));
  add_number(expressions_, NFTA_BITWISE_LEN, static_cast<uint32_t>(bits.size()));
  add_value(expressions_, NFTA_BITWISE_MASK, bits);
  add_value(expressions_, NFTA_BITWISE_XOR, std::string(bits.size(), '\0'));
  close();
  return *this;
}

NftRule& NftRule::compare(uint32_t operation, unsigned word, std::string_view value) {
  open("cmp");
  add_number(expressions_, NFTA_CMP_SREG, nft_register(word));
  add_number(expressions_, NFTA_CMP_OP, operation);
  add_value(expressions_, NFTA_CMP_DATA, value);
  close();
  return *this;
}

NftRule& NftRule::is_equal(unsigned word, std::string_view value) {
  return compare(NFT_CMP_EQ, word, value);
}

NftRule& NftRule::is_other(unsigned word, std::string_view value) {
  return compare(NFT_CMP_NEQ, word, value);
}

NftRule& NftRule::lookup(const std::string& set, unsigned word, bool inverted, const unsigned* result_word) {
  open("lookup");
  expressions_.text(NFTA_LOOKUP_SET, set);
  add_number(expressions_, NFTA_LOOKUP_SREG, nft_register(word));
  if (result_word != nullptr) add_number(expressions_, NFTA_LOOKUP_DREG, nft_register(*result_word));
  if (inverted) add_number(expressions_, NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
  close();
  return *this;
}

NftRule& NftRule::is_in(const std::string& set, unsigned word) {
  return lookup(set, word, false, nullptr);
}

NftRule& NftRule::is_not_in(const std::string& set, unsigned word) {
  return lookup(set, word, true, nullptr);
}

NftRule& NftRule::find_in_map(const std::string& map, unsigned word, unsigned result_word) {
  return lookup(map, word, false, &result_word);
}

NftRule& NftRule::load(unsigned word, std::string_view value) {
  open("immediate");
  add_number(expressions_, NFTA_IMMEDIATE_DREG, nft_register(word));
  const size_t data = expressions_.open(NFTA_IMMEDIATE_DATA);
  expressions_.attribute(NFTA_DATA_VALUE, value);
  expressions_.close(data);
  close();
  return *this;
}

NftRule& NftRule::verdict(int32_t code, const std::string& chain) {
  open("immediate");
  add_number(expressions_, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
  const size_t value = expressions_.open(NFTA_IMMEDIATE_DATA);
  const size_t verdict = expressions_.open(NFTA_DATA_VERDICT);
  add_number(expressions_, NFTA_VERDICT_CODE, static_cast<uint32_t>(code));
  if (!chain.empty()) expressions_.text(NFTA_VERDICT_CHAIN, chain);
  expressions_.close(verdict);
  expressions_.close(value);
  close();
  return *this;
}

NftRule& NftRule::accept() {
  return verdict(NF_ACCEPT, "");
}

NftRule& NftRule::drop() {
  return verdict(NF_DROP, "");
}

NftRule& NftRule::leave() {
  return verdict(NFT_RETURN, "");
}

NftRule& NftRule::jump(const std::string& chain) {
  return verdict(NFT_JUMP, chain);
}

NftRule& NftRule::destination_nat(int family, unsigned address_word, unsigned port_word) {
  open("nat");
  add_number(expressions_, NFTA_NAT_TYPE, NFT_NAT_DNAT);
  add_number(expressions_, NFTA_NAT_FAMILY, static_cast<uint32_t>(family));
  add_number(expressions_, NFTA_NAT_REG_ADDR_MIN, nft_register(address_word));
  add_number(expressions_, NFTA_NAT_REG_PROTO_MIN, nft_register(port_word));
  close();
  return *this;
}

NftRule& NftRule::masquerade() {
  open("masq");
  close();
  return *this;
}

NftKey& NftKey::add(std::string_view part) {
  bytes_ += part;
  bytes_.resize((bytes_.size() + kWord - 1) / kWord * kWord);
  return *this;
}

NftKey& NftKey::add_interface(const std::string& name) {
  std::string padded = name;
  padded.resize(IFNAMSIZ);
  return add(padded);
}

NftKey& NftKey::add_port(uint16_t port) {
  const uint16_t number = htons(port);
  return add({reinterpret_cast<const char*>(&number), sizeof number});
}

NftKey& NftKey::add_protocol(uint8_t protocol) {
  return add({reinterpret_cast<const char*>(&protocol), 1});
}

NftBatch::NftBatch(std::string table) : table_(std::move(table)) {
  mark(NFNL_MSG_BATCH_BEGIN);
}

void NftBatch::mark(uint16_t type) {
  nfgenmsg header = {};
  header.res_id = htons(NFNL_SUBSYS_NFTABLES);
  messages_.begin(type, 0);
  messages_.add(header);
  messages_.end();
}

void NftBatch::begin(uint16_t type, uint16_t flags) {
  nfgenmsg header = {};
  header.nfgen_family = NFPROTO_INET;
  header.version = NFNETLINK_V0;
  messages_.begin(nft_type(type), static_cast<uint16_t>(flags | NLM_F_ACK));
  messages_.add(header);
}

NftBatch& NftBatch::add_table() {
  begin(NFT_MSG_NEWTABLE, NLM_F_CREATE);
  messages_.text(NFTA_TABLE_NAME, table_);
  messages_.end();
  return *this;
}

NftBatch& NftBatch::remove_table() {
  begin(NFT_MSG_DELTABLE, 0);
  messages_.text(NFTA_TABLE_NAME, table_);
  messages_.end();
  return *this;
}

NftBatch& NftBatch::add_chain(const std::string& name) {
  begin(NFT_MSG_NEWCHAIN, NLM_F_CREATE);
  messages_.text(NFTA_CHAIN_TABLE, table_);
  messages_.text(NFTA_CHAIN_NAME, name);
  messages_.end();
  return *this;
}

NftBatch& NftBatch::add_chain(const std::string& name, const NftHook& hook) {
  begin(NFT_MSG_NEWCHAIN, NLM_F_CREATE);
  messages_.text(NFTA_CHAIN_TABLE, table_);
  messages_.text(NFTA_CHAIN_NAME, name);
  const size_t nest = messages_.open(NFTA_CHAIN_HOOK);
  add_number(messages_, NFTA_HOOK_HOOKNUM, hook.number);
  add_number(messages_, NFTA_HOOK_PRIORITY, static_cast<uint32_t>(hook.priority));
  messages_.close(nest);
  add_number(messages_, NFTA_CHAIN_POLICY, NF_ACCEPT);
  messages_.text(NFTA_CHAIN_TYPE, hook.type);
  messages_.end();
  return *this;
}

NftBatch& NftBatch::add_set(const NftSet& set) {
  const Shape key = shape_of(set.key);
  uint32_t flags = set.interval ? NFT_SET_INTERVAL : 0;
  if (!set.value.empty()) flags |= NFT_SET_MAP;
  begin(NFT_MSG_NEWSET, NLM_F_CREATE);
  messages_.text(NFTA_SET_TABLE, table_);
  messages_.text(NFTA_SET_NAME, set.name);
  add_number(messages_, NFTA_SET_FLAGS, flags);
  add_number(messages_, NFTA_SET_KEY_TYPE, key.type);
  add_number(messages_, NFTA_SET_KEY_LEN, key.length);
  if (!set.value.empty()) {
    const Shape value = shape_of(set.value);
    add_number(messages_, NFTA_SET_DATA_TYPE, value.type);
    add_number(messages_, NFTA_SET_DATA_LEN, value.length);
  }
  add_number(messages_, NFTA_SET_ID, ++sets_);
  if (set.key == std::vector{NftType::interface_name}) messages_.attribute(NFTA_SET_USERDATA, kHostOrderKey);
  messages_.end();
  return *this;
}

void NftBatch::change_elements(uint16_t type, const std::string& set, const std::vector<NftElement>& elements) {
  // A netlink attribute ends at 64 KiB: long lists go in several messages of the one batch.
  constexpr size_t kElementsAMessage = 500;
  for (size_t begin_at = 0; begin_at < elements.size(); begin_at += kElementsAMessage) {
    begin(type, type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0);
    messages_.text(NFTA_SET_ELEM_LIST_TABLE, table_);
    messages_.text(NFTA_SET_ELEM_LIST_SET, set);
    const size_t list = messages_.open(NFTA_SET_ELEM_LIST_ELEMENTS);
    const size_t end_at = std::min(elements.size(), begin_at + kElementsAMessage);
    for (size_t i = begin_at; i < end_at; ++i) {
      const size_t element = messages_.open(NFTA_LIST_ELEM);
      if (elements[i].interval_end) add_number(messages_, NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
      add_value(messages_, NFTA_SET_ELEM_KEY, elements[i].key);
      if (!elements[i].value.empty()) add_value(messages_, NFTA_SET_ELEM_DATA, elements[i].value);
      messages_.close(element);
    }
    messages_.close(list);
    messages_.end();
  }
}

NftBatch& NftBatch::add_elements(const std::string& set, const std::vector<NftElement>& elements) {
  change_elements(NFT_MSG_NEWSETELEM, set, elements);
  return *this;
}

NftBatch& NftBatch::remove_elements(const std::string& set, const std::vector<NftElement>& elements) {
  change_elements(NFT_MSG_DELSETELEM, set, elements);
  return *this;
}

NftBatch& NftBatch::add_rule(const std::string& chain, const NftRule& rule) {
  begin(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
  messages_.text(NFTA_RULE_TABLE, table_);
  messages_.text(NFTA_RULE_CHAIN, chain);
  messages_.attribute(NFTA_RULE_EXPRESSIONS | NLA_F_NESTED, rule.expressions_.bytes());
  messages_.end();
  return *this;
}

const NetlinkMessages& NftBatch::finish() {
  if (!finished_) mark(NFNL_MSG_BATCH_END);
  finished_ = true;
  return messages_;
}

}  // namespace minidock::linux
