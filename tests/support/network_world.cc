#include "support/network_world.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "base/error.h"
#include "base/file.h"

namespace minidock::network {

using linux::IpAddress;
using linux::NetlinkMessages;

namespace {

constexpr size_t kHeaderSize = 64;  // of an order: verb, protocol, port, size of its first text
constexpr int kPatience = 300;      // milliseconds until nobody answers

linux::IpAddress ip(const std::string& text) {
  return linux::parse_ip(text).value();
}

socklen_t to_socket_address(const IpAddress& address, uint16_t port, sockaddr_storage& out) {
  out = {};
  if (address.is_v6()) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(out);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, address.bytes.data(), 16);
    return sizeof v6;
  }
  auto& v4 = reinterpret_cast<sockaddr_in&>(out);
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  std::memcpy(&v4.sin_addr, address.bytes.data(), 4);
  return sizeof v4;
}

std::string text_of(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.ss_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text, sizeof text);
  } else {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  }
  return text;
}

int socket_type(int protocol) {
  return protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
}

std::string open_server(int protocol, const IpAddress& address, uint16_t port, Fd& out) {
  out = Fd(::socket(address.family, socket_type(protocol) | SOCK_CLOEXEC, protocol));
  const int on = 1;
  ::setsockopt(out.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_storage storage;
  const socklen_t length = to_socket_address(address, port, storage);
  if (::bind(out.get(), reinterpret_cast<sockaddr*>(&storage), length) != 0) return errno_text(errno);
  if (protocol != IPPROTO_UDP && ::listen(out.get(), 8) != 0) return errno_text(errno);
  return "";
}

// One answer: the node's name and the asker's address.
void answer(int protocol, int server, const std::string& name) {
  sockaddr_storage from = {};
  socklen_t length = sizeof from;
  auto* address = reinterpret_cast<sockaddr*>(&from);
  if (protocol == IPPROTO_UDP) {
    char byte;
    if (::recvfrom(server, &byte, 1, 0, address, &length) < 0) return;
    const std::string text = cat(name, " ", text_of(from));
    ::sendto(server, text.data(), text.size(), 0, address, length);
    return;
  }
  const Fd peer(::accept4(server, address, &length, SOCK_CLOEXEC));
  const std::string text = cat(name, " ", text_of(from));
  if (peer) (void)!::write(peer.get(), text.data(), text.size());
}

std::string ask_once(int protocol, const IpAddress& address, uint16_t port) {
  const Fd socket(::socket(address.family, socket_type(protocol) | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  sockaddr_storage storage;
  const socklen_t length = to_socket_address(address, port, storage);
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&storage), length) != 0 && errno != EINPROGRESS) return "";
  if (protocol == IPPROTO_UDP) (void)!::write(socket.get(), "?", 1);
  pollfd waiting = {socket.get(), POLLIN, 0};
  if (::poll(&waiting, 1, kPatience) != 1) return "";
  char text[128];
  const ssize_t got = ::read(socket.get(), text, sizeof text);
  return got > 0 ? std::string(text, static_cast<size_t>(got)) : "";
}

}  // namespace

// What goes over the socket pair, either way: a letter and its argument.
struct Node::Order {
  char verb = 0;  // n: netlink, w: write, s: serve, a: ask
  int protocol = 0;
  uint16_t port = 0;
  std::string first, second;
};

namespace {
void send_text(int socket, const std::string& text) {
  ASSERT_EQ(::send(socket, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
}

std::string receive_text(int socket) {
  std::string text(65536, '\0');
  const ssize_t got = ::recv(socket, text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return text;
}
}  // namespace

Node::Node(std::string name, bool own_namespace) : name_(std::move(name)) {
  child_ = linux::Child::start(
      [&](int socket) {
        const bool ready = !own_namespace || ::unshare(CLONE_NEWNET) == 0;
        send_text(socket, ready ? "+" : "-");
        work(socket, name_);
      },
      socket_);
  EXPECT_EQ(receive_text(socket_.get()), "+");
}

std::string Node::give(const Order& order) {
  std::string text(kHeaderSize, '\0');
  std::snprintf(text.data(), text.size(), "%c %d %d %zu", order.verb, order.protocol, order.port, order.first.size());
  send_text(socket_.get(), text + order.first + order.second);
  return receive_text(socket_.get());
}

void Node::work(int socket, const std::string& name) {
  const pid_t self = ::getpid();
  for (;;) {
    const std::string text = receive_text(socket);
    if (text.empty()) return;
    int protocol = 0, port = 0;
    size_t size = 0;
    std::sscanf(text.c_str() + 1, "%d %d %zu", &protocol, &port, &size);
    const std::string first = text.substr(kHeaderSize, size);
    const std::string second = text.substr(kHeaderSize + size);
    std::string reply = "ok";
    if (text[0] == 'n') {
      linux::NetlinkRefusal refusal;
      const Fd kernel = linux::open_netlink(NETLINK_ROUTE);
      const int failure = linux::netlink_exchange(kernel.get(), first.data(), first.size(), refusal);
      if (failure != 0) reply = cat(errno_text(failure), " ", refusal.text);
    } else if (text[0] == 'w') {
      const Fd file(::open(first.c_str(), O_WRONLY | O_CLOEXEC));
      if (::write(file.get(), second.data(), second.size()) < 0) reply = errno_text(errno);
    } else if (text[0] == 's') {
      Fd server;
      const std::string failure = open_server(protocol, ip(first), static_cast<uint16_t>(port), server);
      if (!failure.empty()) reply = failure;
      // A process of its own, so that a node can ask itself.
      if (failure.empty() && ::fork() == 0) {
        linux::die_with_parent(self);
        for (;;) answer(protocol, server.get(), name);
      }
    } else {
      reply = "=" + ask_once(protocol, ip(first), static_cast<uint16_t>(port));
    }
    send_text(socket, reply);
  }
}

void Node::configure(const NetlinkMessages& messages) {
  EXPECT_EQ(give({'n', 0, 0, messages.bytes(), ""}), "ok") << name_;
}

void Node::write(const std::string& path, const std::string& text) {
  EXPECT_EQ(give({'w', 0, 0, path, text}), "ok") << name_ << " " << path;
}

void Node::serve(int protocol, const std::string& address, uint16_t port) {
  EXPECT_EQ(give({'s', protocol, port, address, ""}), "ok") << name_ << " " << port;
}

Answer Node::ask(int protocol, const std::string& address, uint16_t port) {
  const std::string text = give({'a', protocol, port, address, ""}).substr(1);
  const size_t space = text.find(' ');
  if (space == std::string::npos) return {};
  return {text.substr(0, space), text.substr(space + 1)};
}

void World::SetUp() {
  ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
  routes_ = linux::NetlinkSocket::open(NETLINK_ROUTE);
  filter_ = linux::NetlinkSocket::open(NETLINK_NETFILTER);
  NetlinkMessages loopback;
  linux::set_link_up(loopback, 1);
  routes_->request(loopback, "bring up lo");
  write_file(AT_FDCWD, "/proc/sys/net/ipv4/ip_forward", "1");
  write_file(AT_FDCWD, "/proc/sys/net/ipv6/conf/all/forwarding", "1");
  nodes_.emplace("host", std::make_unique<Node>("host", false));
  // The other host hangs on a bridge that is none of the engine's, and knows the way to everything by us.
  add_network("wire0", {"10.9.0.0/24", "fd09::/64"});
  networks_.clear();
  add_container("outside", "wire0", {kOutside, "fd09::2"});
}

void World::TearDown() {
  nodes_.clear();
}

void World::add_network(const std::string& bridge, const std::vector<std::string>& subnets, bool internal) {
  NetlinkMessages made, addresses;
  linux::add_bridge(made, {bridge, {0x02, 0x42, 0, 0, 0, static_cast<uint8_t>(networks_.size() + 1)}, 0});
  routes_->request(made, "make a bridge");
  linux::set_link_up(addresses, linux::find_link(*routes_, bridge)->index);
  // Else its link-local address, without which no neighbour can be asked for, is in doubt for a second.
  linux::add_address(addresses, linux::find_link(*routes_, bridge)->index, ip("fe80::1"), 64);
  FirewallNetwork network{bridge, {}, internal, true};
  for (const std::string& subnet : subnets) {
    network.subnets.push_back(linux::parse_prefix(subnet).value());
    linux::add_address(addresses, linux::find_link(*routes_, bridge)->index,
                       linux::advance(network.subnets.back().address, 1).value(), network.subnets.back().length);
  }
  routes_->request(addresses, "give it addresses");
  write_file(AT_FDCWD, cat("/proc/sys/net/ipv4/conf/", bridge, "/route_localnet"), "1");
  subnets_[bridge] = network.subnets;
  networks_.push_back(std::move(network));
}

Node& World::add_container(const std::string& name, const std::string& bridge,
                           const std::vector<std::string>& addresses) {
  Node& made = *nodes_.emplace(name, std::make_unique<Node>(name, true)).first->second;
  linux::VethSettings settings;
  settings.host_name = cat("veth", ++veths_);
  settings.bridge = linux::find_link(*routes_, bridge)->index;
  settings.peer_name = "eth0";
  settings.peer_index = 2;
  settings.peer_mac = {0x02, 0x42, 0, 0, 1, static_cast<uint8_t>(veths_)};
  NetlinkMessages wire;
  const size_t place = linux::add_veth(wire, settings);
  wire.fill(place, static_cast<uint32_t>(made.pid()));
  routes_->request(wire, "make a veth");
  NetlinkMessages inside;
  linux::set_link_up(inside, 1);
  linux::set_link_up(inside, 2);
  for (const std::string& address : addresses) {
    for (const linux::IpPrefix& subnet : subnets_.at(bridge)) {
      if (!subnet.contains(ip(address))) continue;
      linux::add_address(inside, 2, ip(address), subnet.length);
      linux::add_default_route(inside, 2, linux::advance(subnet.address, 1).value());
    }
  }
  made.configure(inside);
  return made;
}

void World::publish(int protocol, const std::string& host, uint16_t port, const std::string& container,
                    uint16_t inner) {
  ports_.push_back({static_cast<uint8_t>(protocol), ip(host), port, ip(container), inner});
}

void World::apply() {
  filter_->request(firewall_.make(networks_, ports_), "apply the rules");
}

}  // namespace minidock::network
