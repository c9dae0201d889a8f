// What a container that is up has of networks: RUN/containers/<id>/network, written before its run begins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidock::engine {

struct EndpointRecord {
  std::string network, network_id;  // name
  std::string driver = "bridge";
  std::string interface, mac;
  std::string ipv4, ipv6, gateway4, gateway6;  // "" for none
  unsigned prefix4 = 0, prefix6 = 0;           // bits
  uint32_t index = 0;                          // of the interface
  int priority = 0;                            // see NetworkOption
  std::vector<std::string> aliases;
  bool operator==(const EndpointRecord&) const = default;
};

struct PortRecord {
  std::string port;          // the container's: "80/tcp"
  std::string host_address;  // "0.0.0.0"
  unsigned host_port = 0;
  bool operator==(const PortRecord&) const = default;
};

struct NetworkRecord {
  std::vector<EndpointRecord> endpoints;
  std::vector<PortRecord> ports;  // by the container's port; those that lead to it now
  std::vector<PortRecord> held;   // those that its monitor holds: some lead nowhere while no network has a gateway
  bool operator==(const NetworkRecord&) const = default;
};

// Where its default route of a family goes. Docker's choice: of
// those with a gateway the highest priority, then the first by name. nullptr for none.
const EndpointRecord* find_way_out(const NetworkRecord& record, bool v6);
// The same, where it is one that ports can be published on: of a bridge.
const EndpointRecord* find_published(const NetworkRecord& record, bool v6);

std::string to_json(const NetworkRecord& record);
NetworkRecord parse_network_record(std::string_view json);  // throws corrupt

// Of the last run; nothing where it is on no network. Throws corrupt.
NetworkRecord read_network_record(const std::string& run_directory);
void write_network_record(const std::string& run_directory, const NetworkRecord& record);

}  // namespace minidock::engine
