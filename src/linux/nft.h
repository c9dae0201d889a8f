// nftables: tables, chains, rules, sets and their elements as one netlink batch, which the kernel takes whole or not at
// all. No library and no program of nftables is needed.
//
// Rules are sequences of expressions that work on registers; what a rule says in nft's own words stands beside each in
// network/firewall.cc.
// Sources: include/uapi/linux/netfilter/nf_tables.h; nft(8); nft --debug=netlink shows the same for any rule.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "linux/netlink_message.h"

namespace minidock::linux {

// Registers of 4 bytes, as they are counted for concatenations; the first sixteen hold a verdict.
using NftRegister = uint32_t;
NftRegister nft_register(unsigned word);  // word 0..15

// The expressions of one rule, in order. Values are as they lie in a packet: network order, or the kernel's for what
// the kernel makes itself.
class NftRule {
 public:
  NftRule& meta(uint32_t key, unsigned word);       // NFT_META_*
  NftRule& conntrack(uint32_t key, unsigned word);  // NFT_CT_*
  NftRule& network_header(uint32_t offset, uint32_t length, unsigned word);
  NftRule& transport_header(uint32_t offset, uint32_t length, unsigned word);
  enum class Address { source, destination };
  NftRule& address_type(Address of, unsigned word);  // RTN_*: what the routing table says of it
  NftRule& mask(unsigned word, std::string_view bits);
  NftRule& is_equal(unsigned word, std::string_view value);
  NftRule& is_other(unsigned word, std::string_view value);
  NftRule& is_in(const std::string& set, unsigned word);
  NftRule& is_not_in(const std::string& set, unsigned word);
  NftRule& find_in_map(const std::string& map, unsigned word, unsigned result_word);
  NftRule& load(unsigned word, std::string_view value);
  NftRule& accept();
  NftRule& drop();
  NftRule& leave();  // back to the chain that jumped here
  NftRule& jump(const std::string& chain);
  NftRule& destination_nat(int family, unsigned address_word, unsigned port_word);
  NftRule& masquerade();

 private:
  friend class NftBatch;
  NftRule& verdict(int32_t code, const std::string& chain);
  NftRule& lookup(const std::string& set, unsigned word, bool inverted, const unsigned* result_word);
  NftRule& compare(uint32_t operation, unsigned word, std::string_view value);
  void open(const char* name);
  void close();

  NetlinkMessages expressions_;  // attributes only
  size_t element_ = 0, data_ = 0;
};

// nft's own numbers of types (src/include/datatype.h there): the kernel keeps them for those who list a set.
enum class NftType : uint32_t { ipv4_address = 7, ipv6_address = 8, protocol = 12, service = 13, interface_name = 41 };

struct NftSet {
  std::string name;
  std::vector<NftType> key, value;  // several: concatenated. No value: a set
  bool interval = false;
};

struct NftElement {
  std::string key, value;  // each part padded to 4 bytes; see NftKey
  bool interval_end = false;
};

// The parts of a concatenated key or value.
class NftKey {
 public:
  NftKey& add(std::string_view part);
  NftKey& add_interface(const std::string& name);  // 16 bytes
  NftKey& add_port(uint16_t port);
  NftKey& add_protocol(uint8_t protocol);  // IPPROTO_*
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

struct NftHook {
  const char* type = "filter";  // or "nat"
  uint32_t number = 0;          // NF_INET_*
  int32_t priority = 0;         // NF_IP_PRI_*
};

// Of the family inet, in one table.
class NftBatch {
 public:
  explicit NftBatch(std::string table);

  NftBatch& add_table();
  NftBatch& remove_table();  // it must be there: add_table() first makes sure
  NftBatch& add_chain(const std::string& name);
  NftBatch& add_chain(const std::string& name, const NftHook& hook);  // policy accept
  NftBatch& add_set(const NftSet& set);
  NftBatch& add_elements(const std::string& set, const std::vector<NftElement>& elements);
  NftBatch& remove_elements(const std::string& set, const std::vector<NftElement>& elements);
  NftBatch& add_rule(const std::string& chain, const NftRule& rule);

  // Closes the batch; nothing can be added any more.
  const NetlinkMessages& finish();

 private:
  void begin(uint16_t type, uint16_t flags);
  void change_elements(uint16_t type, const std::string& set, const std::vector<NftElement>& elements);
  void mark(uint16_t type);

  std::string table_;
  NetlinkMessages messages_;
  uint32_t sets_ = 0;
  bool finished_ = false;
};

}  // namespace minidock::linux
