// Addresses and ports that containers have, in RUN's database: void after a reboot.
//
// A lease is good as long as its container is up: its lock is held, by its monitor or by the command that starts it, or
// it has survived them both (Store::use_survivors()). So nobody has to give one back: who wants what a dead container
// had takes it over. What has no row may be taken.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/state.h"

namespace minidock::store {

struct AddressLease {
  std::string network;    // its ID
  std::string address;    // 4 or 16 bytes
  std::string container;  // its ID
};

// A port of the host, and the container's address and port that it leads to.
struct PortLease {
  int protocol = 0;          // IPPROTO_*
  std::string host_address;  // 4 or 16 bytes; all 0: every address of that family
  int host_port = 0;
  std::string container;  // its ID
  std::string address;    // as many bytes
  int port = 0;
};

// What is leased, while nobody else changes it: one transaction of RUN's database, rolled back without commit().
class LeaseBook {
 public:
  explicit LeaseBook(Store& store);

  // A container that is up, other than `lease.container`, has the address.
  bool is_taken(const AddressLease& lease);
  void take(const AddressLease& lease);
  // The address of this size that was last given out on a network, "" for none.
  std::string last_address(const std::string& network, size_t size);

  // One that stands in the way of `wanted`: the same port, of the same address or with one of the two for every
  // address, leased to another container that is up.
  std::optional<PortLease> holder_of(const PortLease& wanted);
  // Ports that may lead to `address` although they should not, of containers that are gone; and all that a container
  // has, at its start of earlier runs. They stay in the book until drop(): see engine/network_place.cc.
  std::vector<PortLease> find_stale(const std::string& address);
  std::vector<PortLease> find_ports(const std::string& container);
  // Returns what containers that are gone have left that overlaps `lease`; likewise.
  std::vector<PortLease> take(const PortLease& lease);
  void drop(const PortLease& lease);  // where it is still that container's

  // Gives back what a container has on a network.
  void release(const std::string& network, const std::string& container);
  // In the place of all ports that it has, which it holds already.
  void replace_ports(const std::string& container, const std::vector<PortLease>& ports);

  // Of containers that are up, or of this one.
  std::vector<PortLease> live_ports(const std::string& container);

  void commit() { transaction_.commit(); }

 private:
  std::vector<PortLease> overlapping(const PortLease& wanted);
  std::vector<PortLease> ports_where(const char* column, const std::string& value);
  void insert(const PortLease& lease);
  bool is_alive(const std::string& container);

  Rooms& rooms_;
  Database& database_;
  Transaction transaction_;
};

// The addresses of a network that containers which are up have.
std::vector<AddressLease> live_addresses(Store& store, const std::string& network);

}  // namespace minidock::store
