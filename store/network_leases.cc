#include "store/network_leases.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace minidock::store {

namespace {

bool is_any(const std::string& address) {
  return std::all_of(address.begin(), address.end(), [](char byte) { return byte == 0; });
}

// Addresses are kept as hex digits: text compares and prints as it is.
std::string hex_of(const std::string& bytes) {
  return to_hex(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

std::string bytes_of(const std::string& hex) {
  std::string out;
  for (size_t at = 0; at + 1 < hex.size(); at += 2) {
    out += static_cast<char>(std::stoul(hex.substr(at, 2), nullptr, 16));
  }
  return out;
}

constexpr const char* kPortColumns = "SELECT protocol, host_address, host_port, container, address, port FROM ports";

PortLease port_of_row(const Statement& row) {
  return {static_cast<int>(row.number(0)), bytes_of(row.text(1)),          static_cast<int>(row.number(2)), row.text(3),
          bytes_of(row.text(4)),           static_cast<int>(row.number(5))};
}

}  // namespace

LeaseBook::LeaseBook(Store& store) : rooms_(store.rooms()), database_(rooms_.run_database()), transaction_(database_) {}

bool LeaseBook::is_alive(const std::string& container) {
  return rooms_.is_up(container);
}

bool LeaseBook::is_taken(const AddressLease& lease) {
  Statement query = database_.prepare("SELECT container FROM addresses WHERE network = ?1 AND address = ?2");
  if (!query.bind(1, lease.network).bind(2, hex_of(lease.address)).step()) return false;
  const std::string holder = query.text(0);
  return holder != lease.container && is_alive(holder);
}

void LeaseBook::take(const AddressLease& lease) {
  const std::string address = hex_of(lease.address);
  database_.prepare("REPLACE INTO addresses (network, address, container) VALUES (?1, ?2, ?3)")
      .bind(1, lease.network)
      .bind(2, address)
      .bind(3, lease.container)
      .run();
  database_.prepare("REPLACE INTO last_addresses (network, size, address) VALUES (?1, ?2, ?3)")
      .bind(1, lease.network)
      .bind(2, static_cast<int64_t>(lease.address.size()))
      .bind(3, address)
      .run();
}

std::string LeaseBook::last_address(const std::string& network, size_t size) {
  Statement query = database_.prepare("SELECT address FROM last_addresses WHERE network = ?1 AND size = ?2");
  return query.bind(1, network).bind(2, static_cast<int64_t>(size)).step() ? bytes_of(query.text(0)) : "";
}

std::vector<PortLease> LeaseBook::overlapping(const PortLease& wanted) {
  Statement query = database_.prepare(cat(kPortColumns, " WHERE protocol = ?1 AND host_port = ?2"));
  query.bind(1, int64_t{wanted.protocol}).bind(2, int64_t{wanted.host_port});
  std::vector<PortLease> out;
  while (query.step()) {
    PortLease other = port_of_row(query);
    const bool same_family = other.host_address.size() == wanted.host_address.size();
    const bool same =
        other.host_address == wanted.host_address || is_any(other.host_address) || is_any(wanted.host_address);
    if (same_family && same && other.container != wanted.container) out.push_back(std::move(other));
  }
  return out;
}

std::optional<PortLease> LeaseBook::holder_of(const PortLease& wanted) {
  for (PortLease& other : overlapping(wanted)) {
    if (is_alive(other.container)) return std::move(other);
  }
  return std::nullopt;
}

void LeaseBook::drop(const PortLease& lease) {
  database_.prepare("DELETE FROM ports WHERE protocol = ?1 AND host_address = ?2 AND host_port = ?3 AND container = ?4")
      .bind(1, int64_t{lease.protocol})
      .bind(2, hex_of(lease.host_address))
      .bind(3, int64_t{lease.host_port})
      .bind(4, lease.container)
      .run();
}

std::vector<PortLease> LeaseBook::ports_where(const char* column, const std::string& value) {
  Statement query = database_.prepare(cat(kPortColumns, " WHERE ", column, " = ?1"));
  query.bind(1, value);
  std::vector<PortLease> out;
  while (query.step()) out.push_back(port_of_row(query));
  return out;
}

std::vector<PortLease> LeaseBook::find_stale(const std::string& address) {
  std::vector<PortLease> out = ports_where("address", hex_of(address));
  std::erase_if(out, [&](const PortLease& lease) { return is_alive(lease.container); });
  return out;
}

std::vector<PortLease> LeaseBook::find_ports(const std::string& container) {
  return ports_where("container", container);
}

void LeaseBook::insert(const PortLease& lease) {
  database_
      .prepare(
          "REPLACE INTO ports (protocol, host_address, host_port, container, address, port)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
      .bind(1, int64_t{lease.protocol})
      .bind(2, hex_of(lease.host_address))
      .bind(3, int64_t{lease.host_port})
      .bind(4, lease.container)
      .bind(5, hex_of(lease.address))
      .bind(6, int64_t{lease.port})
      .run();
}

std::vector<PortLease> LeaseBook::take(const PortLease& lease) {
  std::vector<PortLease> out = overlapping(lease);
  insert(lease);
  return out;
}

void LeaseBook::release(const std::string& network, const std::string& container) {
  database_.prepare("DELETE FROM addresses WHERE network = ?1 AND container = ?2")
      .bind(1, network)
      .bind(2, container)
      .run();
}

void LeaseBook::replace_ports(const std::string& container, const std::vector<PortLease>& ports) {
  for (const PortLease& lease : find_ports(container)) drop(lease);
  for (const PortLease& lease : ports) insert(lease);
}

std::vector<PortLease> LeaseBook::live_ports(const std::string& container) {
  Statement query = database_.prepare(kPortColumns);
  std::map<std::string, bool> alive = {{container, true}};
  std::vector<PortLease> out;
  while (query.step()) {
    PortLease lease = port_of_row(query);
    const auto [known, is_new] = alive.try_emplace(lease.container);
    if (is_new) known->second = is_alive(lease.container);
    if (known->second) out.push_back(std::move(lease));
  }
  return out;
}

std::vector<AddressLease> live_addresses(Store& store, const std::string& network) {
  Rooms& rooms = store.rooms();
  Statement query =
      rooms.run_database().prepare("SELECT address, container FROM addresses WHERE network = ?1 ORDER BY address");
  query.bind(1, network);
  std::vector<AddressLease> out;
  while (query.step()) {
    AddressLease lease{network, bytes_of(query.text(0)), query.text(1)};
    if (rooms.is_up(lease.container)) out.push_back(std::move(lease));
  }
  return out;
}

}  // namespace minidock::store
