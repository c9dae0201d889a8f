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
  field("driver", endpoint.driver);
  field("interface", endpoint.interface);
  field("mac", endpoint.mac);
  field("ipv4", endpoint.ipv4);
  field("ipv6", endpoint.ipv6);
  field("gateway4", endpoint.gateway4);
  field("gateway6", endpoint.gateway6);
  field("prefix4", endpoint.prefix4);
  field("prefix6", endpoint.prefix6);
  field("index", endpoint.index);
  field("priority", endpoint.priority);
  field("aliases", endpoint.aliases);
}

template <typename Port, typename Field>
void each_port_field(Port& port, Field field) {
  field("port", port.port);
  field("host_address", port.host_address);
  field("host_port", port.host_port);
}

json json_of(const std::vector<PortRecord>& ports) {
  json out = json::array();
  for (const PortRecord& port : ports) {
    json& object = out.emplace_back(json::object());
    each_port_field(port, [&object](const char* key, const auto& value) { oci::put(object, key, value); });
  }
  return out;
}

std::vector<PortRecord> parse_ports(const std::vector<oci::JsonReader>& list) {
  std::vector<PortRecord> out;
  for (const oci::JsonReader& element : list) {
    each_port_field(out.emplace_back(), [&element](const char* key, auto& value) { element.read(key, value); });
  }
  return out;
}

}  // namespace

const EndpointRecord* find_way_out(const NetworkRecord& record, bool v6) {
  const EndpointRecord* out = nullptr;
  for (const EndpointRecord& endpoint : record.endpoints) {
    if ((v6 ? endpoint.gateway6 : endpoint.gateway4).empty()) continue;
    const bool is_before = out == nullptr || endpoint.priority > out->priority ||
                           (endpoint.priority == out->priority && endpoint.network < out->network);
    if (is_before) out = &endpoint;
  }
  return out;
}

const EndpointRecord* find_published(const NetworkRecord& record, bool v6) {
  const EndpointRecord* way = find_way_out(record, v6);
  return way != nullptr && way->driver == "bridge" ? way : nullptr;
}

std::string to_json(const NetworkRecord& record) {
  json endpoints = json::array();
  for (const EndpointRecord& endpoint : record.endpoints) {
    json& out = endpoints.emplace_back(json::object());
    each_endpoint_field(endpoint, [&out](const char* key, const auto& value) { oci::put(out, key, value); });
  }
  return oci::dump_json(
      {{"endpoints", std::move(endpoints)}, {"ports", json_of(record.ports)}, {"held", json_of(record.held)}});
}

NetworkRecord parse_network_record(std::string_view text) {
  const json document = oci::parse_json(text, kRecordDocument, ErrorKind::corrupt);
  const oci::JsonReader from(document, kRecordDocument, ErrorKind::corrupt);
  NetworkRecord out;
  for (const oci::JsonReader& element : from.list("endpoints")) {
    each_endpoint_field(out.endpoints.emplace_back(),
                        [&element](const char* key, auto& value) { element.read(key, value); });
  }
  out.ports = parse_ports(from.list("ports"));
  out.held = parse_ports(from.list("held"));
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
    // Read meanwhile by others: a network may be connected while it is up.
    write_file(AT_FDCWD, path + ".new", to_json(record));
    rename_at(AT_FDCWD, path + ".new", AT_FDCWD, path);
  }
}

}  // namespace minidock::engine
