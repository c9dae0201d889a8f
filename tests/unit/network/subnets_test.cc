#include "network/subnets.h"

#include <gmock/gmock.h>

#include <set>

#include "base/error.h"

namespace minidock::network {
namespace {

using linux::IpAddress;
using linux::IpPrefix;
using testing::HasSubstr;

IpAddress ip(const char* text) {
  return linux::parse_ip(text).value();
}

IpPrefix net(const char* text) {
  return linux::parse_prefix(text).value();
}

std::string chosen(const std::vector<AddressPool>& pools, const std::vector<IpPrefix>& used) {
  const auto subnet = choose_subnet(pools, used);
  return subnet ? to_text(*subnet) : "none";
}

TEST(Subnets, TheFirstThatNobodyUses) {
  const std::vector<AddressPool> pools = {{net("10.0.0.0/16"), 24}, {net("10.9.0.0/24"), 26}};
  EXPECT_EQ(chosen(pools, {}), "10.0.0.0/24");
  EXPECT_EQ(chosen(pools, {net("10.0.0.0/24"), net("10.0.2.0/24")}), "10.0.1.0/24");
  EXPECT_EQ(chosen(pools, {net("10.0.0.128/25")}), "10.0.1.0/24") << "a part of it is in use";
  EXPECT_EQ(chosen(pools, {net("10.0.0.0/20")}), "10.0.16.0/24") << "it is a part of what is in use";
  EXPECT_EQ(chosen(pools, {net("10.0.0.0/16")}), "10.9.0.0/26");
  EXPECT_EQ(chosen(pools, {net("10.0.0.0/16"), net("10.9.0.1/32"), net("10.9.0.64/26")}), "10.9.0.128/26");
  EXPECT_EQ(chosen(pools, {net("10.0.0.0/8")}), "none");
  EXPECT_EQ(chosen(pools, {net("0.0.0.0/1")}), "none");
  EXPECT_EQ(chosen({}, {}), "none");
}

TEST(Subnets, TheEndOfAllAddresses) {
  EXPECT_EQ(chosen({{net("255.255.255.0/24"), 25}}, {net("255.255.255.0/25")}), "255.255.255.128/25");
  EXPECT_EQ(chosen({{net("255.255.255.0/24"), 25}}, {net("255.255.255.0/24")}), "none");
  EXPECT_EQ(chosen({{net("fd00::/16"), 64}}, {net("fd00::/64"), net("10.0.0.0/8")}), "fd00:0:0:1::/64");
}

TEST(Subnets, DefaultPoolsHoldHundreds) {
  std::vector<IpPrefix> used = {net("172.16.0.0/12")};  // docker's whole range
  for (int i = 0; i < 120; ++i) {
    const auto subnet = choose_subnet(default_pools(), used);
    ASSERT_TRUE(subnet) << i;
    used.push_back(*subnet);
  }
}

TEST(Subnets, LocalV6) {
  const IpPrefix one = make_local_v6_subnet(), two = make_local_v6_subnet();
  EXPECT_EQ(one.length, 64u);
  EXPECT_EQ(one.address.bytes[0], 0xfd);
  EXPECT_NE(one, two);
}

Subnet subnet_of(const char* prefix, const char* gateway) {
  Subnet out;
  out.prefix = net(prefix);
  out.gateway = ip(gateway);
  return out;
}

std::string next(const Subnet& subnet, const char* last, const std::set<IpAddress>& taken = {}) {
  const auto address = next_address(subnet, last ? std::optional(ip(last)) : std::nullopt,
                                    [&](const IpAddress& candidate) { return taken.contains(candidate); });
  return address ? to_text(*address) : "none";
}

TEST(Subnets, AddressesInTurn) {
  const Subnet subnet = subnet_of("10.1.1.0/29", "10.1.1.1");
  EXPECT_EQ(next(subnet, nullptr), "10.1.1.2");
  EXPECT_EQ(next(subnet, "10.1.1.2"), "10.1.1.3");
  EXPECT_EQ(next(subnet, "10.1.1.6"), "10.1.1.2") << "no broadcast address, no network's, no gateway";
  EXPECT_EQ(next(subnet, "10.1.1.2", {ip("10.1.1.3"), ip("10.1.1.4")}), "10.1.1.5");
  EXPECT_EQ(next(subnet, "10.1.1.5", {ip("10.1.1.6"), ip("10.1.1.2")}), "10.1.1.3");
  std::set<IpAddress> all;
  for (int i = 2; i < 7; ++i) all.insert(*linux::advance(ip("10.1.1.0"), static_cast<uint64_t>(i)));
  EXPECT_EQ(next(subnet, "10.1.1.3", all), "none");
  EXPECT_EQ(next(subnet, "192.168.0.1"), "10.1.1.2") << "of another subnet, which it had before";
}

TEST(Subnets, RangesAndReservedAddresses) {
  Subnet subnet = subnet_of("10.1.0.0/16", "10.1.255.254");
  subnet.range = net("10.1.4.0/30");
  subnet.reserved["router"] = ip("10.1.4.1");
  EXPECT_EQ(next(subnet, nullptr), "10.1.4.0") << "within a larger subnet it is an address like others";
  EXPECT_EQ(next(subnet, "10.1.4.0"), "10.1.4.2");
  EXPECT_EQ(next(subnet, "10.1.4.3"), "10.1.4.0");
}

TEST(Subnets, SmallAndLargeOnes) {
  EXPECT_EQ(next(subnet_of("10.1.1.0/31", "10.1.1.0"), nullptr), "10.1.1.1");
  EXPECT_EQ(next(subnet_of("10.1.1.1/32", "10.1.1.1"), nullptr), "none");
  EXPECT_EQ(next(subnet_of("fd00::/64", "fd00::1"), nullptr), "fd00::2");
  EXPECT_EQ(next(subnet_of("fd00::/64", "fd00::1"), "fd00::ffff"), "fd00::1:0");
  EXPECT_EQ(next(subnet_of("fd00::/126", "fd00::1"), "fd00::3"), "fd00::2");
  EXPECT_EQ(next(subnet_of("fd00::/48", "fd00::1"), nullptr), "fd00::2");
}

TEST(Subnets, AddressesThatAreAskedFor) {
  Subnet subnet = subnet_of("10.1.1.0/24", "10.1.1.1");
  subnet.reserved["printer"] = ip("10.1.1.9");
  EXPECT_EQ(to_text(usable_address(subnet, "10.1.1.77")), "10.1.1.77");
  const std::pair<const char*, const char*> wrong[] = {
      {"nonsense", "invalid IP address"},
      {"10.1.2.7", "not in the network's subnet 10.1.1.0/24"},
      {"10.1.1.1", "kept"},
      {"10.1.1.0", "kept"},
      {"10.1.1.255", "kept"},
      {"10.1.1.9", "kept"},
      {"fd00::2", "not in the network's subnet"},
  };
  for (const auto& [text, reason] : wrong) {
    try {
      usable_address(subnet, text);
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid);
      EXPECT_THAT(error.what(), HasSubstr(reason));
    }
  }
}

}  // namespace
}  // namespace minidock::network
