#include "engine/network_record.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "oci/json_fields.h"

namespace minidock::engine {

namespace {

using nlohmann::json;
constexpr const char* kRecordDocument = "record of a container's networks";
constexpr const char* kFile = "network";

template <typename Endpoint, typename Field>
void each_endpoint_field(Endpoint& endpoint, Field field) {
  field("network", endpoint.network);
  field("network_id", endpoint.network_id);
  field("interface", endpoint.interface);
  field("mac", endpoint.mac);
  field("ipv4", endpoint.ipv4);
  field("ipv6", endpoint.ipv6);
  field("gateway4", endpoint.gateway4);
  field("gateway6", endpoint.gateway6);
  field("prefix4", endpoint.prefix4);
  field("prefix6", endpoint.prefix6);
  field("aliases", endpoint.aliases);
}

template <typename Port, typename Field>
void each_port_field(Port& port, Field field) {
  field("port", port.port);
  field("host_address", port.host_address);
  field("host_port", port.host_port);
}

}  // namespace

std::string to_json(const NetworkRecord& record) {
  json endpoints = json::array(), ports = json::array();
  for (const EndpointRecord& endpoint : record.endpoints) {
    json& out = endpoints.emplace_back(json::object());
    each_endpoint_field(endpoint, [&out](const char* key, const auto& value) { oci::put(out, key, value); });
  }
  for (const PortRecord& port : record.ports) {
    json& out = ports.emplace_back(json::object());
    each_port_field(port, [&out](const char* key, const auto& value) { oci::put(out, key, value); });
  }
  return oci::dump_json({{"endpoints", std::move(endpoints)}, {"ports", std::move(ports)}});
}

NetworkRecord parse_network_record(std::string_view text) {
  const json document = oci::parse_json(text, kRecordDocument, ErrorKind::corrupt);
  const oci::JsonReader from(document, kRecordDocument, ErrorKind::corrupt);
  NetworkRecord out;
  for (const oci::JsonReader& element : from.list("endpoints")) {
    each_endpoint_field(out.endpoints.emplace_back(),
                        [&element](const char* key, auto& value) { element.read(key, value); });
  }
  for (const oci::JsonReader& element : from.list("ports")) {
    each_port_field(out.ports.emplace_back(), [&element](const char* key, auto& value) { element.read(key, value); });
  }
  return out;
}

NetworkRecord read_network_record(const std::string& run_directory) {
  const auto text = find_file_text(AT_FDCWD, cat(run_directory, "/", kFile));
  return text ? parse_network_record(*text) : NetworkRecord();
}

void write_network_record(const std::string& run_directory, const NetworkRecord& record) {
  const std::string path = cat(run_directory, "/", kFile);
  if (record == NetworkRecord()) {
    discard_file(AT_FDCWD, path);
  } else {
    write_file(AT_FDCWD, path, to_json(record));
  }
}

}  // namespace minidock::engine
