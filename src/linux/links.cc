#include "linux/links.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/text.h"

namespace minidock::linux {

namespace {

constexpr uint16_t kCreate = NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;

ifinfomsg link_header(uint32_t index, bool up) {
  ifinfomsg out = {};
  out.ifi_index = static_cast<int>(index);
  if (up) out.ifi_flags = out.ifi_change = IFF_UP;
  return out;
}

ifaddrmsg address_header(uint32_t index, const IpAddress& address, unsigned prefix_length) {
  ifaddrmsg out = {};
  out.ifa_family = static_cast<uint8_t>(address.family);
  out.ifa_prefixlen = static_cast<uint8_t>(prefix_length);
  out.ifa_scope = RT_SCOPE_UNIVERSE;
  out.ifa_index = index;
  return out;
}

void add_name(NetlinkMessages& out, const std::string& name) {
  if (name.empty() || name.size() >= IFNAMSIZ) {
    throw_error(ErrorKind::invalid, "a network interface cannot be called \"", printable(name), "\": 1 to 15 letters");
  }
  out.text(IFLA_IFNAME, name);
}

void add_mtu(NetlinkMessages& out, uint32_t mtu) {
  if (mtu != 0) out.number(IFLA_MTU, mtu);
}

void add_mac(NetlinkMessages& out, const MacAddress& mac) {
  if (mac != MacAddress{}) out.number(IFLA_ADDRESS, mac);
}

Link parse_link(std::string_view body) {
  const auto header = read_value<ifinfomsg>(body);
  Link out;
  out.index = static_cast<uint32_t>(header.ifi_index);
  out.up = (header.ifi_flags & IFF_UP) != 0;
  each_attribute(body.substr(NLMSG_ALIGN(sizeof header)), [&](uint16_t type, std::string_view value) {
    if (type == IFLA_IFNAME) out.name = value.substr(0, value.find('\0'));
    if (type == IFLA_MTU) out.mtu = read_value<uint32_t>(value);
    if (type == IFLA_MASTER) out.master = read_value<uint32_t>(value);
    if (type != IFLA_LINKINFO) return;
    each_attribute(value, [&](uint16_t inner, std::string_view text) {
      if (inner == IFLA_INFO_KIND) out.kind = text.substr(0, text.find('\0'));
    });
  });
  return out;
}

// A change of the link of this name.
void begin_change(NetlinkMessages& out, const std::string& name, bool up) {
  out.begin(RTM_NEWLINK, NLM_F_ACK);
  out.add(link_header(0, up));
  add_name(out, name);
}

void join_bridge(NetlinkMessages& out, const VethSettings& settings) {
  begin_change(out, settings.host_name, false);
  out.number(IFLA_MASTER, settings.bridge);
  if (settings.ipv6) {
    const size_t families = out.open(IFLA_AF_SPEC);
    const size_t ipv6 = out.open(AF_INET6);
    out.number(IFLA_INET6_ADDR_GEN_MODE, uint8_t{IN6_ADDR_GEN_MODE_NONE});
    out.close(ipv6);
    out.close(families);
  }
  out.end();
}

// kernel: br_netfilter lets a published port be resolved on the bridge already, and what a container asks of itself
// then has to leave by the port that it came in at (bridge(8), "hairpin").
void set_port(NetlinkMessages& out, const VethSettings& settings) {
  begin_change(out, settings.host_name, true);
  const size_t info = out.open(IFLA_LINKINFO);
  out.text(IFLA_INFO_SLAVE_KIND, "bridge");
  const size_t port = out.open(IFLA_INFO_SLAVE_DATA);
  out.number(IFLA_BRPORT_MODE, uint8_t{1});
  if (settings.isolated) out.number(IFLA_BRPORT_ISOLATED, uint8_t{1});
  out.close(port);
  out.close(info);
  out.end();
}

template <typename Header>
NetlinkMessages dump_request(uint16_t type, const Header& header) {
  NetlinkMessages out;
  out.begin(type, NLM_F_DUMP);
  out.add(header);
  out.end();
  return out;
}

}  // namespace

std::string to_text(const MacAddress& address) {
  std::string out;
  for (const uint8_t byte : address) out += cat(out.empty() ? "" : ":", to_hex(&byte, 1));
  return out;
}

std::optional<MacAddress> parse_mac(std::string_view text) {
  MacAddress out = {};
  const std::vector<std::string> parts = split(lower(text), ':');
  if (parts.size() != out.size()) return std::nullopt;
  for (size_t i = 0; i < out.size(); ++i) {
    if (parts[i].size() != 2 || !is_hex(parts[i])) return std::nullopt;
    out[i] = static_cast<uint8_t>(std::stoul(parts[i], nullptr, 16));
  }
  if ((out[0] & 1) != 0) return std::nullopt;
  return out;
}

bool is_interface_name(std::string_view text) {
  return !text.empty() && text.size() < IFNAMSIZ && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(), [](unsigned char letter) {
           return letter > ' ' && letter < 127 && letter != '/' && letter != ':';
         });
}

void add_bridge(NetlinkMessages& out, const BridgeSettings& settings) {
  out.begin(RTM_NEWLINK, kCreate);
  out.add(link_header(0, false));
  add_name(out, settings.name);
  add_mac(out, settings.mac);
  add_mtu(out, settings.mtu);
  const size_t info = out.open(IFLA_LINKINFO);
  out.text(IFLA_INFO_KIND, "bridge");
  out.close(info);
  out.end();
}

namespace {
// The new link is made in another namespace. Returns the place of the pid.
size_t add_namespace(NetlinkMessages& out, int descriptor) {
  const size_t pid = out.position() + NLA_HDRLEN;
  if (descriptor >= 0) {
    out.number(IFLA_NET_NS_FD, static_cast<uint32_t>(descriptor));
  } else {
    out.number(IFLA_NET_NS_PID, uint32_t{0});
  }
  return pid;
}

constexpr std::pair<std::string_view, uint32_t> kMacvlanModes[] = {{"private", MACVLAN_MODE_PRIVATE},
                                                                   {"vepa", MACVLAN_MODE_VEPA},
                                                                   {"bridge", MACVLAN_MODE_BRIDGE},
                                                                   {"passthru", MACVLAN_MODE_PASSTHRU}};

uint32_t macvlan_mode(std::string_view mode) {
  for (const auto& [name, number] : kMacvlanModes) {
    if (name == mode) return number;
  }
  return 0;
}
}  // namespace

bool is_macvlan_mode(std::string_view mode) {
  return macvlan_mode(mode) != 0;
}

size_t add_macvlan(NetlinkMessages& out, const MacvlanSettings& settings) {
  out.begin(RTM_NEWLINK, kCreate);
  out.add(link_header(settings.index, false));
  add_name(out, settings.name);
  add_mac(out, settings.mac);
  add_mtu(out, settings.mtu);
  out.number(IFLA_LINK, settings.parent);
  const size_t pid = add_namespace(out, settings.peer_namespace);
  const size_t info = out.open(IFLA_LINKINFO);
  out.text(IFLA_INFO_KIND, "macvlan");
  const size_t data = out.open(IFLA_INFO_DATA);
  out.number(IFLA_MACVLAN_MODE, macvlan_mode(settings.mode));
  out.close(data);
  out.close(info);
  out.end();
  return pid;
}

size_t add_veth(NetlinkMessages& out, const VethSettings& settings) {
  // kernel: veth takes the index that is wanted for the second end only where it chooses that of the first. So the
  // container's end is the first here, and is made in its namespace.
  out.begin(RTM_NEWLINK, kCreate);
  out.add(link_header(settings.peer_index, false));
  add_name(out, settings.peer_name);
  add_mac(out, settings.peer_mac);
  add_mtu(out, settings.mtu);
  const size_t pid = add_namespace(out, settings.peer_namespace);
  const size_t info = out.open(IFLA_LINKINFO);
  out.text(IFLA_INFO_KIND, "veth");
  const size_t data = out.open(IFLA_INFO_DATA);
  const size_t peer = out.open(VETH_INFO_PEER);
  out.add(link_header(0, false));
  add_name(out, settings.host_name);
  add_mtu(out, settings.mtu);
  out.close(peer);
  out.close(data);
  out.close(info);
  out.end();
  join_bridge(out, settings);
  set_port(out, settings);
  return pid;
}

void set_link_up(NetlinkMessages& out, uint32_t index) {
  out.begin(RTM_NEWLINK, NLM_F_ACK);
  out.add(link_header(index, true));
  out.end();
}

void remove_link(NetlinkMessages& out, const std::string& name) {
  out.begin(RTM_DELLINK, NLM_F_ACK);
  out.add(link_header(0, false));
  add_name(out, name);
  out.end();
}

void remove_link(NetlinkMessages& out, uint32_t index) {
  out.begin(RTM_DELLINK, NLM_F_ACK);
  out.add(link_header(index, false));
  out.end();
}

void add_address(NetlinkMessages& out, uint32_t index, const IpAddress& address, unsigned prefix_length) {
  ifaddrmsg header = address_header(index, address, prefix_length);
  // An address that we have chosen is nobody else's: without this it could not be used for a second.
  if (address.is_v6()) header.ifa_flags = IFA_F_NODAD;
  out.begin(RTM_NEWADDR, kCreate);
  out.add(header);
  out.attribute(IFA_LOCAL, address.view());
  out.attribute(IFA_ADDRESS, address.view());
  if (!address.is_v6() && prefix_length < 31) {
    out.attribute(IFA_BROADCAST, make_prefix(address, prefix_length).last().view());
  }
  out.end();
}

void remove_address(NetlinkMessages& out, uint32_t index, const IpAddress& address, unsigned prefix_length) {
  out.begin(RTM_DELADDR, NLM_F_ACK);
  out.add(address_header(index, address, prefix_length));
  out.attribute(IFA_LOCAL, address.view());
  out.end();
}

namespace {
void put_route(NetlinkMessages& out, uint16_t flags, uint32_t index, const IpPrefix& to, const IpAddress& gateway) {
  rtmsg header = {};
  header.rtm_family = static_cast<uint8_t>(gateway.family);
  header.rtm_dst_len = static_cast<uint8_t>(to.length);
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = RTPROT_BOOT;
  header.rtm_scope = RT_SCOPE_UNIVERSE;
  header.rtm_type = RTN_UNICAST;
  out.begin(RTM_NEWROUTE, flags);
  out.add(header);
  if (to.length > 0) out.attribute(RTA_DST, to.address.view());
  out.attribute(RTA_GATEWAY, gateway.view());
  out.number(RTA_OIF, index);
  out.end();
}
}  // namespace

void add_route(NetlinkMessages& out, uint32_t index, const IpPrefix& to, const IpAddress& gateway) {
  put_route(out, kCreate, index, to, gateway);
}

void add_default_route(NetlinkMessages& out, uint32_t index, const IpAddress& gateway) {
  add_route(out, index, {}, gateway);
}

void replace_default_route(NetlinkMessages& out, uint32_t index, const IpAddress& gateway) {
  put_route(out, NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK, index, {}, gateway);
}

std::optional<Link> find_link(NetlinkSocket& socket, const std::string& name) {
  NetlinkMessages message;
  message.begin(RTM_GETLINK, 0);
  message.add(link_header(0, false));
  add_name(message, name);
  message.end();
  const auto body = socket.find(message, cat("look for the network interface ", name));
  if (!body) return std::nullopt;
  return parse_link(*body);
}

std::vector<Link> read_links(NetlinkSocket& socket) {
  std::vector<Link> out;
  socket.dump(dump_request(RTM_GETLINK, ifinfomsg{}), "read the network interfaces",
              [&](uint16_t, std::string_view body) { out.push_back(parse_link(body)); });
  return out;
}

std::vector<LinkAddress> read_addresses(NetlinkSocket& socket) {
  std::vector<LinkAddress> out;
  socket.dump(dump_request(RTM_GETADDR, ifaddrmsg{}), "read the network addresses",
              [&](uint16_t, std::string_view body) {
                const auto header = read_value<ifaddrmsg>(body);
                LinkAddress entry{header.ifa_index, {}, header.ifa_prefixlen};
                bool local = false;
                each_attribute(body.substr(NLMSG_ALIGN(sizeof header)), [&](uint16_t type, std::string_view value) {
                  // IFA_ADDRESS is the other end's on a link between two.
                  if (type != IFA_LOCAL && (type != IFA_ADDRESS || local)) return;
                  local |= type == IFA_LOCAL;
                  entry.address = ip_of_bytes(value).value_or(IpAddress{});
                });
                if (entry.address.family != 0) out.push_back(entry);
              });
  return out;
}

std::vector<IpPrefix> read_routed_networks(NetlinkSocket& socket) {
  std::vector<IpPrefix> out;
  socket.dump(dump_request(RTM_GETROUTE, rtmsg{}), "read the routes", [&](uint16_t, std::string_view body) {
    const auto header = read_value<rtmsg>(body);
    if (header.rtm_dst_len == 0 || header.rtm_type != RTN_UNICAST) return;
    each_attribute(body.substr(NLMSG_ALIGN(sizeof header)), [&](uint16_t type, std::string_view value) {
      const auto address = type == RTA_DST ? ip_of_bytes(value) : std::nullopt;
      if (address) out.push_back(make_prefix(*address, header.rtm_dst_len));
    });
  });
  return out;
}

}  // namespace minidock::linux
