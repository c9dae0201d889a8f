#include "linux/ip_address.h"

#include <gtest/gtest.h>

namespace minidock::linux {
namespace {

std::string text_of(const std::optional<IpAddress>& address) {
  return address ? to_text(*address) : "none";
}

std::string text_of(const std::optional<IpPrefix>& prefix) {
  return prefix ? to_text(*prefix) : "none";
}

TEST(IpAddress, Texts) {
  EXPECT_EQ(text_of(parse_ip("172.17.0.2")), "172.17.0.2");
  EXPECT_EQ(text_of(parse_ip("FD00:0:0::1")), "fd00::1");
  EXPECT_EQ(text_of(parse_ip("::ffff:10.0.0.1")), "::ffff:10.0.0.1");
  for (const char* wrong : {"", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4/8", "[::1]", "fe80::1%eth0", "::1::", "a"}) {
    EXPECT_EQ(text_of(parse_ip(wrong)), "none") << wrong;
  }
  EXPECT_EQ(text_of(parse_ip(std::string_view("1.2.3.4\0", 8))), "none");
}

TEST(IpAddress, Prefixes) {
  IpAddress given;
  EXPECT_EQ(text_of(parse_prefix("10.1.2.3/9", &given)), "10.0.0.0/9");
  EXPECT_EQ(to_text(given), "10.1.2.3");
  EXPECT_EQ(text_of(parse_prefix("fd00::1:2/112")), "fd00::1:0/112");
  EXPECT_EQ(text_of(parse_prefix("0.0.0.0/0")), "0.0.0.0/0");
  for (const char* wrong : {"10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8/8", "::/129", "/8"}) {
    EXPECT_EQ(text_of(parse_prefix(wrong)), "none") << wrong;
  }
}

TEST(IpAddress, WhatLiesInWhat) {
  const IpPrefix wide = parse_prefix("10.0.0.0/8").value(), narrow = parse_prefix("10.255.0.0/17").value();
  EXPECT_TRUE(wide.contains(*parse_ip("10.255.255.255")));
  EXPECT_FALSE(wide.contains(*parse_ip("11.0.0.0")));
  EXPECT_FALSE(wide.contains(*parse_ip("a00::")));
  EXPECT_TRUE(wide.overlaps(narrow));
  EXPECT_TRUE(narrow.overlaps(wide));
  EXPECT_FALSE(narrow.overlaps(*parse_prefix("10.255.128.0/17")));
  EXPECT_EQ(to_text(narrow.last()), "10.255.127.255");
  EXPECT_EQ(narrow.last_offset(), 32767u);
  EXPECT_EQ(parse_prefix("fd00::/64")->last_offset(), UINT64_MAX);
  EXPECT_EQ(parse_prefix("1.2.3.4/32")->last_offset(), 0u);
}

TEST(IpAddress, Advancing) {
  EXPECT_EQ(text_of(advance(*parse_ip("10.0.0.255"), 1)), "10.0.1.0");
  EXPECT_EQ(text_of(advance(*parse_ip("10.0.0.1"), 0)), "10.0.0.1");
  EXPECT_EQ(text_of(advance(*parse_ip("0.0.0.0"), 0xffffffff)), "255.255.255.255");
  EXPECT_EQ(text_of(advance(*parse_ip("255.255.255.255"), 1)), "none");
  EXPECT_EQ(text_of(advance(*parse_ip("0.0.0.1"), 0x100000000)), "none");
  EXPECT_EQ(text_of(advance(*parse_ip("fd00::ffff:ffff:ffff:ffff"), 2)), "fd00:0:0:1::1");
  EXPECT_EQ(text_of(advance(*parse_ip("::"), UINT64_MAX)), "::ffff:ffff:ffff:ffff");
}

TEST(IpAddress, Kinds) {
  EXPECT_TRUE(parse_ip("0.0.0.0")->is_any());
  EXPECT_TRUE(parse_ip("::")->is_any());
  EXPECT_FALSE(parse_ip("::1")->is_any());
  EXPECT_TRUE(parse_ip("127.1.2.3")->is_loopback());
  EXPECT_TRUE(parse_ip("::1")->is_loopback());
  EXPECT_FALSE(parse_ip("1::1")->is_loopback());
}

}  // namespace
}  // namespace minidock::linux
