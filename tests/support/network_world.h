// A small internet in network namespaces: this process is the host, its children are containers and another host.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "linux/child.h"
#include "linux/links.h"
#include "network/firewall.h"

namespace minidock::network {

// Who answered, as the one that was asked saw the one that asked: "" for nobody.
struct Answer {
  std::string name;    // of the node that answered
  std::string source;  // the asker's address there
};

// A process in a network namespace of its own, or in that of this process, which serves and asks as it is told.
class Node {
 public:
  Node(std::string name, bool own_namespace);

  const std::string& name() const { return name_; }
  pid_t pid() const { return child_.pid(); }
  // Requests to the kernel in the node's namespace.
  void configure(const linux::NetlinkMessages& messages);
  void write(const std::string& path, const std::string& text);
  // Answers whoever asks at this port of any address, until the node's end. `protocol`: IPPROTO_TCP or IPPROTO_UDP.
  void serve(int protocol, const std::string& address, uint16_t port);
  Answer ask(int protocol, const std::string& address, uint16_t port);

 private:
  struct Order;
  std::string give(const Order& order);
  static void work(int socket, const std::string& name);

  std::string name_;
  Fd socket_;
  linux::Child child_;
};

class World : public testing::Test {
 protected:
  static constexpr const char* kOutside = "10.9.0.2";      // the other host's address
  static constexpr const char* kHostOutside = "10.9.0.1";  // the host's, where the other sees it

  void SetUp() override;
  void TearDown() override;

  // A bridge with the first address of each subnet; the firewall knows it from the next apply() on.
  void add_network(const std::string& bridge, const std::vector<std::string>& subnets, bool internal = false);
  Node& add_container(const std::string& name, const std::string& bridge, const std::vector<std::string>& addresses);
  Node& node(const std::string& name) { return *nodes_.at(name); }
  void publish(int protocol, const std::string& host, uint16_t port, const std::string& container, uint16_t inner);
  void apply();

  std::vector<FirewallNetwork> networks_;
  std::vector<PublishedPort> ports_;
  std::optional<linux::NetlinkSocket> routes_, filter_;
  const Firewall firewall_{"minidock-test"};

 private:
  std::map<std::string, std::unique_ptr<Node>> nodes_;
  std::map<std::string, std::vector<linux::IpPrefix>> subnets_;  // of each bridge
  int veths_ = 0;
};

}  // namespace minidock::network
