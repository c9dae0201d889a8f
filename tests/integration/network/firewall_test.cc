// What the rules let through and what not, by packets: a table of who reaches whom.
#include "network/firewall.h"

#include <gmock/gmock.h>
#include <netinet/in.h>

#include "base/error.h"
#include "support/network_world.h"

namespace minidock::network {
namespace {

using testing::HasSubstr;

// Two networks and an internal one; a web server at each container.
class Firewall : public World {
 protected:
  void SetUp() override {
    World::SetUp();
    add_network("red", {"172.30.1.0/24", "fd30:1::/64"});
    add_network("blue", {"172.30.2.0/24", "fd30:2::/64"});
    add_network("hidden", {"172.30.3.0/24"}, true);
    add_container("red1", "red", {"172.30.1.2", "fd30:1::2"});
    add_container("red2", "red", {"172.30.1.3", "fd30:1::3"});
    add_container("blue1", "blue", {"172.30.2.2", "fd30:2::2"});
    add_container("hidden1", "hidden", {"172.30.3.2"});
    add_container("hidden2", "hidden", {"172.30.3.3"});
    for (const char* name : {"red1", "red2", "blue1", "hidden1", "hidden2", "outside"}) {
      node(name).serve(IPPROTO_TCP, "::", 80);
      node(name).serve(IPPROTO_UDP, "::", 53);
    }
    apply();
  }

  std::string asked(const std::string& who, const std::string& address, uint16_t port, int protocol = IPPROTO_TCP) {
    const Answer answer = node(who).ask(protocol, address, port);
    return answer.name.empty() ? "" : answer.name + " " + answer.source;
  }
};

TEST_F(Firewall, WhoReachesWhomDirectly) {
  struct Row {
    const char *who, *address, *answer;
  };
  const Row rows[] = {
      // Within a network: all of it, without the host's address.
      {"red1", "172.30.1.3", "red2 ::ffff:172.30.1.2"},
      {"red1", "fd30:1::3", "red2 fd30:1::2"},
      {"hidden1", "172.30.3.3", "hidden2 ::ffff:172.30.3.2"},
      // Between networks: nothing.
      {"red1", "172.30.2.2", ""},
      {"red1", "fd30:2::2", ""},
      {"blue1", "172.30.1.2", ""},
      {"red1", "172.30.3.2", ""},
      {"hidden1", "172.30.1.2", ""},
      // Out, with the host's address; not from an internal network.
      {"red1", "10.9.0.2", "outside ::ffff:10.9.0.1"},
      {"red1", "fd09::2", "outside fd09::1"},
      {"hidden1", "10.9.0.2", ""},
      // In, by whoever knows the way: nothing.
      {"outside", "172.30.1.2", ""},
      {"outside", "fd30:1::2", ""},
      {"outside", "172.30.3.2", ""},
      // The host itself.
      {"host", "172.30.1.2", "red1 ::ffff:172.30.1.1"},
      {"host", "fd30:1::2", "red1 fd30:1::1"},
  };
  for (const Row& row : rows) {
    for (const auto& [protocol, port] : {std::pair{IPPROTO_TCP, 80}, {IPPROTO_UDP, 53}}) {
      EXPECT_EQ(asked(row.who, row.address, static_cast<uint16_t>(port), protocol), row.answer)
          << row.who << " asks " << row.address << " protocol " << protocol;
    }
  }
}

TEST_F(Firewall, PublishedPorts) {
  publish(IPPROTO_TCP, "0.0.0.0", 8080, "172.30.1.2", 80);
  publish(IPPROTO_TCP, "::", 8080, "fd30:1::2", 80);
  publish(IPPROTO_UDP, "0.0.0.0", 8053, "172.30.1.2", 53);
  publish(IPPROTO_TCP, "127.0.0.1", 9090, "172.30.1.2", 80);
  publish(IPPROTO_TCP, "10.9.0.1", 7070, "172.30.1.3", 80);
  filter_->request(firewall_.add_ports(ports_), "publish");
  struct Row {
    const char *who, *address;
    uint16_t port;
    const char* answer;
  };
  const Row rows[] = {
      // From elsewhere the source stays.
      {"outside", "10.9.0.1", 8080, "red1 ::ffff:10.9.0.2"},
      {"outside", "fd09::1", 8080, "red1 fd09::2"},
      {"blue1", "10.9.0.1", 8080, "red1 ::ffff:172.30.2.2"},
      {"blue1", "172.30.2.1", 8080, "red1 ::ffff:172.30.2.2"},
      // The host, by its address and by loopback.
      {"host", "10.9.0.1", 8080, "red1 ::ffff:172.30.1.1"},
      {"host", "127.0.0.1", 8080, "red1 ::ffff:172.30.1.1"},
      {"host", "127.0.0.1", 9090, "red1 ::ffff:172.30.1.1"},
      // The container itself, and its neighbour, by the host.
      {"red1", "10.9.0.1", 8080, "red1 ::ffff:172.30.1.1"},
      {"red2", "10.9.0.1", 8080, "red1 ::ffff:172.30.1.1"},
      {"red2", "fd09::1", 8080, "red1 fd30:1::1"},
      // One address of the host only.
      {"outside", "10.9.0.1", 7070, "red2 ::ffff:10.9.0.2"},
      {"host", "127.0.0.1", 7070, ""},
      {"blue1", "172.30.2.1", 7070, ""},
      // Loopback is nobody else's, and an internal network stays closed.
      {"outside", "10.9.0.1", 9090, ""},
      {"red2", "127.0.0.1", 9090, ""},
      {"hidden1", "172.30.3.1", 8080, ""},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(asked(row.who, row.address, row.port), row.answer)
        << row.who << " asks " << row.address << ":" << row.port;
  }
  EXPECT_EQ(asked("outside", "10.9.0.1", 8053, IPPROTO_UDP), "red1 ::ffff:10.9.0.2");
  filter_->request(firewall_.remove_ports(ports_), "withdraw");
  EXPECT_EQ(asked("outside", "10.9.0.1", 8080), "");
  EXPECT_EQ(asked("host", "127.0.0.1", 8080), "");
}

// A neighbour on the wire who sends what is meant for the host's own loopback.
TEST_F(Firewall, LoopbackOfTheHostIsOutOfReach) {
  node("host").serve(IPPROTO_TCP, "127.0.0.1", 6000);
  EXPECT_EQ(asked("host", "127.0.0.1", 6000), "host 127.0.0.1");
  // A container that has given up its own loopback, and has a way to ours.
  node("red1").write("/proc/sys/net/ipv4/conf/eth0/route_localnet", "1");
  linux::NetlinkMessages way;
  linux::remove_address(way, 1, linux::parse_ip("127.0.0.1").value(), 8);
  linux::add_route(way, 2, linux::parse_prefix("127.0.0.0/8").value(), linux::parse_ip("172.30.1.1").value());
  node("red1").configure(way);
  EXPECT_EQ(asked("red1", "127.0.0.1", 6000), "");
  filter_->request(firewall_.remove(), "remove");
  EXPECT_EQ(asked("red1", "127.0.0.1", 6000), "host 172.30.1.2") << "which is what the rule is for";
}

TEST_F(Firewall, MadeAnewItIsWhole) {
  EXPECT_TRUE(firewall_.is_whole(*filter_, networks_));
  filter_->request(firewall_.remove(), "remove");
  EXPECT_FALSE(firewall_.is_whole(*filter_, networks_));
  EXPECT_EQ(asked("red1", "172.30.2.2", 80), "blue1 ::ffff:172.30.1.2") << "which is what the rules are for";
  apply();
  apply();
  EXPECT_TRUE(firewall_.is_whole(*filter_, networks_));
  EXPECT_EQ(asked("red1", "172.30.2.2", 80), "");
}

TEST_F(Firewall, AllOfABatchOrNothing) {
  publish(IPPROTO_TCP, "0.0.0.0", 8080, "172.30.1.2", 80);
  filter_->request(firewall_.add_ports(ports_), "publish");
  publish(IPPROTO_TCP, "0.0.0.0", 8081, "172.30.1.2", 80);
  try {
    filter_->request(firewall_.remove_ports(ports_), "withdraw");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.error_number(), ENOENT);
    EXPECT_THAT(error.what(), HasSubstr("withdraw"));
  }
  EXPECT_EQ(asked("outside", "10.9.0.1", 8080), "red1 ::ffff:10.9.0.2");
}

TEST_F(Firewall, ManyPortsAreElements) {
  for (int i = 0; i < 5000; ++i) publish(IPPROTO_TCP, "0.0.0.0", static_cast<uint16_t>(10000 + i), "172.30.1.2", 80);
  apply();
  EXPECT_TRUE(firewall_.is_whole(*filter_, networks_)) << "no rule is added for a port";
  EXPECT_EQ(asked("outside", "10.9.0.1", 14999), "red1 ::ffff:10.9.0.2");
  filter_->request(firewall_.remove_ports(ports_), "withdraw");
  EXPECT_EQ(asked("outside", "10.9.0.1", 14999), "");
}

}  // namespace
}  // namespace minidock::network
