#include "cli/view/network_json.h"

#include <algorithm>

#include "cli/view/ports.h"

namespace minidock::cli {
namespace {

Json ipam_json(const engine::NetworkView& view) {
  Json configs = Json::array();
  for (const network::Subnet& subnet : view.network.subnets) {
    Json& config = configs.emplace_back(Json{{"Subnet", to_text(subnet.prefix)}});
    if (subnet.range) config["IPRange"] = to_text(*subnet.range);
    config["Gateway"] = to_text(subnet.gateway);
    for (const auto& [name, address] : subnet.reserved) config["AuxiliaryAddresses"][name] = to_text(address);
  }
  return Json{{"Driver", "default"}, {"Options", nullptr}, {"Config", configs}};
}

std::string with_length(const std::string& address, unsigned length) {
  return address.empty() ? "" : cat(address, "/", length);
}

// The containers that are up and on it.
Json members_json(const engine::NetworkView& view, engine::Engine& engine) {
  Json out = Json::object();
  for (const engine::ContainerView& container : engine.list_up()) {
    for (const engine::EndpointRecord& endpoint : container.network().endpoints) {
      if (endpoint.network_id != view.network.id) continue;
      out[container.row.id] = Json{{"Name", container.row.name},
                                   {"EndpointID", container.row.id},
                                   {"MacAddress", endpoint.mac},
                                   {"IPv4Address", with_length(endpoint.ipv4, endpoint.prefix4)},
                                   {"IPv6Address", with_length(endpoint.ipv6, endpoint.prefix6)}};
    }
  }
  return out;
}

Json endpoint_json(const engine::NetworkOption& option, const engine::EndpointRecord& endpoint,
                   const std::string& container) {
  Json config = Json::object();
  if (!option.ipv4.empty()) config["IPv4Address"] = option.ipv4;
  if (!option.ipv6.empty()) config["IPv6Address"] = option.ipv6;
  if (!option.link_local.empty()) config["LinkLocalIPs"] = option.link_local;
  return Json{{"IPAMConfig", config.empty() ? Json() : config},
              {"Links", nullptr},
              {"Aliases", option.aliases.empty() ? Json() : Json(option.aliases)},
              {"MacAddress", endpoint.mac},
              {"DriverOpts", option.driver_options.empty() ? Json() : Json(option.driver_options)},
              {"GwPriority", option.priority},
              {"NetworkID", endpoint.network_id},
              {"EndpointID", endpoint.network_id.empty() ? "" : container},
              {"Gateway", endpoint.gateway4},
              {"IPAddress", endpoint.ipv4},
              {"IPPrefixLen", endpoint.prefix4},
              {"IPv6Gateway", endpoint.gateway6},
              {"GlobalIPv6Address", endpoint.ipv6},
              {"GlobalIPv6PrefixLen", endpoint.prefix6},
              {"DNSNames", nullptr}};
}

// By name: with what the run has, where there is one.
Json endpoints_json(const engine::ContainerView& container, const engine::NetworkRecord& record) {
  const engine::ContainerConfig& config = container.config();
  Json out = Json::object();
  if (config.networks.empty() && engine::is_network_mode(config.network)) {
    out[config.network] = endpoint_json({}, {}, container.row.id);
  }
  for (const engine::NetworkOption& option : config.networks) {
    const auto endpoint = std::find_if(record.endpoints.begin(), record.endpoints.end(), [&](const auto& one) {
      return one.network == option.network || one.network_id.starts_with(option.network);
    });
    const bool is_up = endpoint != record.endpoints.end();
    out[is_up ? endpoint->network : option.network] =
        endpoint_json(option, is_up ? *endpoint : engine::EndpointRecord(), container.row.id);
  }
  return out;
}

Json ports_json(const engine::ContainerView& container, const engine::NetworkRecord& record) {
  Json out = Json::object();
  if (!container.is_up() || container.config().networks.empty()) return out;
  for (const std::string& port : exposed_ports(container.config())) out[port] = nullptr;
  for (const engine::PortRecord& port : record.ports) {
    out[port.port].push_back(Json{{"HostIp", port.host_address}, {"HostPort", cat(port.host_port)}});
  }
  return out;
}

}  // namespace

Json network_json(const engine::NetworkView& view, engine::Engine& engine) {
  const bool has_members = view.driver == "bridge" || view.driver == "macvlan";
  const auto has = [&](bool v6) {
    for (const network::Subnet& subnet : view.network.subnets) {
      if (subnet.gateway.is_v6() == v6) return true;
    }
    return !has_members && !v6;
  };
  return Json{{"Name", view.network.name},
              {"Id", view.network.id},
              {"Created", rfc3339(view.created)},
              {"Scope", "local"},
              {"Driver", view.driver},
              {"EnableIPv4", has(false)},
              {"EnableIPv6", has(true)},
              {"IPAM", ipam_json(view)},
              {"Internal", view.network.internal},
              {"Attachable", false},
              {"Ingress", false},
              {"ConfigFrom", Json{{"Network", ""}}},
              {"ConfigOnly", false},
              {"Containers", has_members ? members_json(view, engine) : Json::object()},
              {"Options", Json(view.network.options)},
              {"Labels", Json(view.network.labels)}};
}

Json network_settings_json(const engine::ContainerView& container) {
  const engine::NetworkRecord record = container.network();
  // Docker's: the fields beside Networks are those of the default network alone.
  engine::EndpointRecord shown;
  for (const engine::EndpointRecord& endpoint : record.endpoints) {
    if (endpoint.network == engine::kDefaultNetwork) shown = endpoint;
  }
  return Json{{"Bridge", ""},
              {"SandboxID", ""},
              {"SandboxKey", container.is_up() ? cat("/proc/", container.run.pid, "/ns/net") : ""},
              {"Ports", ports_json(container, record)},
              {"HairpinMode", false},
              {"LinkLocalIPv6Address", ""},
              {"LinkLocalIPv6PrefixLen", 0},
              {"SecondaryIPAddresses", nullptr},
              {"SecondaryIPv6Addresses", nullptr},
              {"EndpointID", ""},
              {"Gateway", shown.gateway4},
              {"GlobalIPv6Address", shown.ipv6},
              {"GlobalIPv6PrefixLen", shown.prefix6},
              {"IPAddress", shown.ipv4},
              {"IPPrefixLen", shown.prefix4},
              {"IPv6Gateway", shown.gateway6},
              {"MacAddress", shown.mac},
              {"Networks", endpoints_json(container, record)}};
}

Json port_bindings_json(const engine::ContainerConfig& config) {
  Json out = Json::object();
  for (const engine::PublishOption& option : config.published) {
    std::string host = option.host_port == 0 ? "" : cat(option.host_port);
    if (option.last_host_port > option.host_port) host += cat("-", option.last_host_port);
    out[cat(option.port, "/", option.protocol)].push_back(Json{{"HostIp", option.host_address}, {"HostPort", host}});
  }
  return out;
}

}  // namespace minidock::cli
