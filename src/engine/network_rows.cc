#include "engine/network_rows.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "oci/json_fields.h"

namespace minidock::engine {

namespace {

using nlohmann::json;
constexpr const char* kRowDocument = "network record";

template <typename View, typename Field>
void each_field(View& view, Field field) {
  field("driver", view.driver);
  field("bridge", view.network.bridge);
  field("internal", view.network.internal);
  field("isolated", view.network.isolated);
  field("mtu", view.network.mtu);
  field("macvlan_mode", view.network.macvlan_mode);
  field("parent", view.network.parent);
  field("options", view.network.options);
  field("labels", view.network.labels);
}

linux::IpAddress address_of(const std::string& text) {
  const auto address = linux::parse_ip(text);
  if (!address) throw_error(ErrorKind::corrupt, kRowDocument, ": ", printable(text), " is no address");
  return *address;
}

linux::IpPrefix prefix_of(const std::string& text) {
  const auto prefix = linux::parse_prefix(text);
  if (!prefix) throw_error(ErrorKind::corrupt, kRowDocument, ": ", printable(text), " is no network");
  return *prefix;
}

json json_of(const network::Subnet& subnet) {
  json out = {{"prefix", to_text(subnet.prefix)}, {"gateway", to_text(subnet.gateway)}};
  if (subnet.range) out["range"] = to_text(*subnet.range);
  for (const auto& [name, address] : subnet.reserved) out["reserved"][name] = to_text(address);
  return out;
}

network::Subnet parse_subnet(const oci::JsonReader& from) {
  std::string prefix, gateway, range;
  std::map<std::string, std::string> reserved;
  from.read("prefix", prefix);
  from.read("gateway", gateway);
  from.read("range", range);
  from.read("reserved", reserved);
  network::Subnet out{prefix_of(prefix), address_of(gateway), {}, {}};
  if (!range.empty()) out.range = prefix_of(range);
  for (const auto& [name, address] : reserved) out.reserved[name] = address_of(address);
  return out;
}

}  // namespace

std::string to_json(const NetworkView& view) {
  json out = json::object(), subnets = json::array();
  each_field(view, [&out](const char* key, const auto& value) { oci::put(out, key, value); });
  oci::put(out, "unmasked", !view.network.masquerade);
  for (const network::Subnet& subnet : view.network.subnets) subnets.push_back(json_of(subnet));
  oci::put_if_any(out, "subnets", std::move(subnets));
  return oci::dump_json(out);
}

NetworkView parse_network(const store::NetworkRow& row) {
  const json document = oci::parse_json(row.config_json, kRowDocument, ErrorKind::corrupt);
  const oci::JsonReader from(document, kRowDocument, ErrorKind::corrupt);
  NetworkView view;
  view.created = row.created;
  view.network.name = row.name;
  view.network.id = row.id;
  each_field(view, [&from](const char* key, auto& value) { from.read(key, value); });
  bool unmasked = false;
  from.read("unmasked", unmasked);
  view.network.masquerade = !unmasked;
  for (const oci::JsonReader& subnet : from.list("subnets")) view.network.subnets.push_back(parse_subnet(subnet));
  return view;
}

}  // namespace minidock::engine
