#include "network/other_firewalls.h"

#include <gtest/gtest.h>

namespace minidock::network {
namespace {

using std::string_literals::operator""s;

TEST(OtherFirewalls, ARuleThatNamesTheBridgeOpensIt) {
  const Barrier barrier{"inet", "filter", "forward", "\1\0minidock0\0\1\0md-1234\0"s};
  EXPECT_FALSE(stops(barrier, "minidock0", false));
  EXPECT_FALSE(stops(barrier, "md-1234", true));
  EXPECT_TRUE(stops(barrier, "minidock", true)) << "the beginning of another name";
  EXPECT_TRUE(stops(barrier, "md-123", true));
  EXPECT_TRUE(stops(barrier, "dock0", true)) << "the end of another name";
}

TEST(OtherFirewalls, AChainOfIpv6StopsOnlyWhoHasIt) {
  const Barrier barrier{"ip6", "filter", "FORWARD", ""};
  EXPECT_FALSE(stops(barrier, "minidock0", false));
  EXPECT_TRUE(stops(barrier, "minidock0", true));
}

TEST(OtherFirewalls, TheLineThatOpens) {
  EXPECT_EQ(opening_line({"ip", "filter", "FORWARD", ""}, "br0"),
            "nft 'insert rule ip filter FORWARD iifname \"br0\" accept; "
            "insert rule ip filter FORWARD oifname \"br0\" accept'");
}

}  // namespace
}  // namespace minidock::network
