// Bridges as they are made and healed.
#include "network/network.h"

#include <gmock/gmock.h>
#include <sched.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace minidock::network {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class Bridge : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
    routes_ = linux::NetlinkSocket::open(NETLINK_ROUTE);
    network_.name = "web";
    network_.bridge = "md-web";
    network_.subnets = {subnet("10.77.1.0/24", "10.77.1.1"), subnet("fd77::/64", "fd77::1")};
  }

  static Subnet subnet(const char* prefix, const char* gateway) {
    return {linux::parse_prefix(prefix).value(), linux::parse_ip(gateway).value(), {}, {}};
  }
  std::vector<std::string> addresses() {
    std::vector<std::string> out;
    for (const linux::LinkAddress& entry : linux::read_addresses(*routes_)) {
      out.push_back(cat(to_text(entry.address), "/", entry.prefix_length));
    }
    return out;
  }
  std::string setting(const std::string& path) {
    return std::string(trim(read_file(AT_FDCWD, "/proc/sys/net/" + path)));
  }

  std::optional<linux::NetlinkSocket> routes_;
  Network network_;
};

TEST_F(Bridge, IsMadeOnceAndWhole) {
  for (int i = 0; i < 2; ++i) {
    ensure_bridge(*routes_, network_);
    const auto link = linux::find_link(*routes_, "md-web");
    ASSERT_TRUE(link);
    EXPECT_EQ(link->kind, "bridge");
    EXPECT_TRUE(link->up);
    EXPECT_THAT(addresses(), testing::UnorderedElementsAre("10.77.1.1/24", "fd77::1/64", "fe80::1/64"));
  }
  EXPECT_EQ(setting("ipv4/ip_forward"), "1");
  EXPECT_EQ(setting("ipv6/conf/all/forwarding"), "1");
  EXPECT_EQ(setting("ipv6/conf/md-web/accept_ra"), "0");
  remove_bridge(*routes_, network_);
  EXPECT_FALSE(linux::find_link(*routes_, "md-web"));
  EXPECT_NO_THROW(remove_bridge(*routes_, network_)) << "and it is gone already";
}

TEST_F(Bridge, WithoutIpv6HasNone) {
  network_.subnets.pop_back();
  ensure_bridge(*routes_, network_);
  EXPECT_THAT(addresses(), testing::ElementsAre("10.77.1.1/24"));
  EXPECT_EQ(setting("ipv6/conf/md-web/disable_ipv6"), "1");
  EXPECT_EQ(setting("ipv6/conf/all/forwarding"), "0");
}

TEST_F(Bridge, HealsWhatSomebodyTookAway) {
  ensure_bridge(*routes_, network_);
  const uint32_t index = linux::find_link(*routes_, "md-web")->index;
  linux::NetlinkMessages harm;
  linux::remove_address(harm, index, linux::parse_ip("10.77.1.1").value(), 24);
  routes_->request(harm, "harm");
  ensure_bridge(*routes_, network_);
  EXPECT_THAT(addresses(), Contains("10.77.1.1/24"));
  remove_bridge(*routes_, network_);
  ensure_bridge(*routes_, network_);
  EXPECT_THAT(addresses(), Contains("fd77::1/64"));
}

TEST_F(Bridge, NamesOfOthersAreLeftAlone) {
  network_.bridge = "lo";
  try {
    ensure_bridge(*routes_, network_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
    EXPECT_THAT(error.what(), HasSubstr("lo of network web is there and is no bridge"));
  }
}

TEST_F(Bridge, ItsSubnetIsSeenAsUsed) {
  EXPECT_THAT(used_prefixes(*routes_), Not(Contains(linux::parse_prefix("10.77.1.0/24").value())));
  ensure_bridge(*routes_, network_);
  EXPECT_THAT(used_prefixes(*routes_), Contains(linux::parse_prefix("10.77.1.0/24").value()));
}

TEST_F(Bridge, MacOfAnAddress) {
  EXPECT_EQ(linux::to_text(mac_of(linux::parse_ip("172.17.0.2").value())), "02:42:ac:11:00:02");
  EXPECT_EQ(linux::to_text(mac_of(linux::parse_ip("fd00::1:2:3").value())), "02:42:00:02:00:03");
}

}  // namespace
}  // namespace minidock::network
