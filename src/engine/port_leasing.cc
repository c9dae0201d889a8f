#include "engine/port_leasing.h"

#include <netinet/in.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "monitor/frame.h"

namespace minidock::engine {

namespace {

using linux::IpAddress;

// Where a port of the host may be asked for, and what of the container it then leads to.
struct Side {
  IpAddress host, container;
};

std::vector<Side> sides_of(const PublishOption& option, const std::vector<IpAddress>& addresses) {
  std::vector<Side> out;
  const auto asked = option.host_address.empty() ? std::nullopt : linux::parse_ip(option.host_address);
  if (!option.host_address.empty() && !asked) {
    throw_error(ErrorKind::invalid, "invalid IP address: ", printable(option.host_address));
  }
  for (const IpAddress& address : addresses) {
    if (asked && asked->family != address.family) continue;
    IpAddress any;
    any.family = address.family;
    out.push_back({asked.value_or(any), address});
  }
  if (out.empty() && asked) {
    throw_error(ErrorKind::invalid, "cannot publish port ", option.port, " on ", option.host_address,
                ": the container has no IPv", asked->is_v6() ? 6 : 4, " address; use a network with --ipv",
                asked->is_v6() ? 6 : 4);
  }
  return out;
}

class Leasing {
 public:
  Leasing(store::Store& store, store::LeaseBook& book, const std::string& container,
          std::vector<store::PortLease>& stale)
      : store_(store), book_(book), container_(container), stale_(stale) {}

  void add(const PublishOption& option, const std::vector<IpAddress>& addresses) {
    const std::vector<Side> sides = sides_of(option, addresses);
    if (sides.empty()) return;
    const int last = std::max(option.host_port, option.last_host_port);
    // Of those that the kernel chooses, the port has to be free in the other family too.
    int tries = option.host_port == 0 ? 32 : last - option.host_port + 1;
    for (int port = option.host_port; tries > 0; --tries) {
      if (try_add(option, sides, static_cast<uint16_t>(port))) return;
      if (option.host_port != 0) ++port;
    }
    refuse(option, sides[0].host);
  }

  LeasedPorts take() { return std::move(out_); }

 private:
  bool try_add(const PublishOption& option, const std::vector<Side>& sides, uint16_t port) {
    const int protocol = protocol_number(option.protocol);
    std::vector<network::HeldPort> held;
    for (const Side& side : sides) {
      auto one = network::try_hold_port(protocol, side.host, port);
      if (!one) return false;
      port = one->port;
      const store::PortLease wanted = lease(option, side, port);
      // Held by nobody's socket and yet leased: a protocol that has no sockets here.
      if (book_.holder_of(wanted)) return false;
      held.push_back(std::move(*one));
    }
    for (size_t i = 0; i < sides.size(); ++i) {
      const store::PortLease taken = lease(option, sides[i], port);
      for (store::PortLease& dead : book_.take(taken)) stale_.push_back(std::move(dead));
      out_.ports.push_back(published_port(taken));
      out_.leases.push_back(taken);
    }
    add_relay(sides, protocol, port, option.port, held);
    for (network::HeldPort& one : held) out_.held.push_back(std::move(one));
    return true;
  }

  // One a port: of two families IPv6, whose socket is there already.
  void add_relay(const std::vector<Side>& sides, int protocol, uint16_t host_port, int port,
                 const std::vector<network::HeldPort>& held) {
    if (protocol == IPPROTO_SCTP || out_.relayed.size() >= monitor::kMostRelays) return;
    for (size_t i = sides.size(); i-- > 0;) {
      const std::string host = to_text(sides[i].host);
      if (host != "::" && host != "::1" && host != "0.0.0.0") continue;
      auto socket = sides[i].host.is_v6() ? std::optional(network::listen_on(held[i].socket))
                                          : network::try_listen_on_loopback(protocol, host_port);
      if (socket) {
        out_.relayed.push_back({std::move(*socket), protocol, sides[i].container, static_cast<uint16_t>(port)});
      }
      return;
    }
  }

  store::PortLease lease(const PublishOption& option, const Side& side, uint16_t port) const {
    return {protocol_number(option.protocol),
            std::string(side.host.view()),
            port,
            container_,
            std::string(side.container.view()),
            option.port};
  }

  std::string holder_of(const PublishOption& option, const IpAddress& host) {
    const int protocol = protocol_number(option.protocol);
    const store::PortLease wanted = lease(option, {host, host}, static_cast<uint16_t>(option.host_port));
    if (const auto other = book_.holder_of(wanted)) {
      const auto row = store_.find_container(other->container);
      return cat("container ", row ? row->name : "", " (", std::string_view(other->container).substr(0, 12), ")");
    }
    for (const network::PublishedPort& own : out_.ports) {
      if (own.protocol == protocol && own.host_port == option.host_port) return "another -p of this container";
    }
    return network::find_port_user(protocol, static_cast<uint16_t>(option.host_port));
  }

  int next_free(const PublishOption& option, const IpAddress& host) {
    for (int port = option.host_port + 1; port <= 65535 && port <= option.host_port + 1000; ++port) {
      if (network::try_hold_port(protocol_number(option.protocol), host, static_cast<uint16_t>(port))) return port;
    }
    return 0;
  }

  [[noreturn]] void refuse(const PublishOption& option, const IpAddress& host) {
    if (option.host_port == 0)
      throw_error(ErrorKind::exhausted, "cannot publish port ", option.port, ": no port is free");
    if (option.last_host_port > option.host_port) {
      throw_error(ErrorKind::conflict, "cannot publish port ", option.port, ": all host ports from ", option.host_port,
                  " to ", option.last_host_port, " are already allocated");
    }
    const std::string holder = holder_of(option, host);
    const int free = next_free(option, host);
    // Docker's words first: scripts look for them.
    throw_error(ErrorKind::conflict, "cannot publish port ", option.host_port, ": Bind for ", to_text(host), ":",
                option.host_port, " failed: port is already allocated", holder.empty() ? "" : " by ", holder,
                free == 0 ? "; choose another with -p" : cat("; ", free, " is free"));
  }

  store::Store& store_;
  store::LeaseBook& book_;
  const std::string& container_;
  std::vector<store::PortLease>& stale_;
  LeasedPorts out_;
};

}  // namespace

std::string relay_targets(const std::vector<RelayedPort>& ports) {
  std::string out;
  for (const RelayedPort& port : ports) {
    monitor::RelayTarget target = {};
    target.is_udp = port.protocol == IPPROTO_UDP;
    target.is_v6 = port.address.is_v6();
    target.port = port.port;
    const std::string_view address = port.address.view();
    std::copy(address.begin(), address.end(), target.address);
    out.append(reinterpret_cast<const char*>(&target), sizeof target);
  }
  return out;
}

int protocol_number(const std::string& name) {
  if (name == "udp") return IPPROTO_UDP;
  return name == "sctp" ? IPPROTO_SCTP : IPPROTO_TCP;
}

const char* protocol_name(int number) {
  if (number == IPPROTO_UDP) return "udp";
  return number == IPPROTO_SCTP ? "sctp" : "tcp";
}

network::PublishedPort published_port(const store::PortLease& lease) {
  return {static_cast<uint8_t>(lease.protocol), linux::ip_of_bytes(lease.host_address).value(),
          static_cast<uint16_t>(lease.host_port), linux::ip_of_bytes(lease.address).value(),
          static_cast<uint16_t>(lease.port)};
}

PortRecord port_record(const network::PublishedPort& port) {
  return {cat(port.container_port, "/", protocol_name(port.protocol)), to_text(port.host), port.host_port};
}

store::PortLease port_lease(const PortRecord& port, const std::string& container, const IpAddress& address) {
  const std::vector<std::string> sides = split(port.port, '/');
  const IpAddress host = linux::parse_ip(port.host_address).value();
  return {protocol_number(sides.back()),    std::string(host.view()),
          static_cast<int>(port.host_port), container,
          std::string(address.view()),      static_cast<int>(parse_int(sides[0]).value_or(0))};
}

std::vector<PublishOption> wanted_ports(const ContainerConfig& config) {
  std::vector<PublishOption> out = config.published;
  if (!config.publish_all) return out;
  std::vector<std::string> exposed = config.image_defaults.exposed_ports;
  exposed.insert(exposed.end(), config.exposed.begin(), config.exposed.end());
  for (const std::string& text : exposed) {
    const size_t slash = text.find('/');
    PublishOption option;
    option.port = static_cast<int>(parse_int(text.substr(0, slash)).value_or(0));
    if (slash != std::string::npos) option.protocol = text.substr(slash + 1);
    const bool is_there = std::any_of(out.begin(), out.end(), [&](const PublishOption& other) {
      return other.port == option.port && other.protocol == option.protocol;
    });
    if (option.port > 0 && option.port <= 65535 && !is_there) out.push_back(option);
  }
  return out;
}

LeasedPorts lease_ports(store::Store& store, store::LeaseBook& book, const std::vector<PublishOption>& wanted,
                        const std::vector<IpAddress>& addresses, const std::string& container,
                        std::vector<store::PortLease>& stale) {
  Leasing leasing(store, book, container, stale);
  // order: those that are asked for by number first, so that the kernel does not choose one of them.
  for (const bool chosen : {false, true}) {
    for (const PublishOption& option : wanted) {
      if ((option.host_port == 0) == chosen) leasing.add(option, addresses);
    }
  }
  return leasing.take();
}

}  // namespace minidock::engine
