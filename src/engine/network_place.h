// A container's place on its networks for one run: addresses and ports leased, what the host needs made, and the
// requests that connect it, for its monitor and its init.
//
// What has to go when the run ends goes with the namespace (addresses, the wire) or by the monitor (ports). A place
// that is never kept, because the container could not start, withdraws its ports itself.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "engine/container_config.h"
#include "engine/network_record.h"
#include "monitor/launch.h"
#include "network/network.h"
#include "runtime/plan.h"
#include "store/network_leases.h"
#include "store/store.h"

namespace minidock::engine {

class NetworkPlace {
 public:
  NetworkPlace() = default;  // on no network
  // The container's lock is held by the caller: that is what makes the leases good. Throws not_found for a network that
  // is not there, conflict for an address or port that is taken, naming its holder, exhausted, unsupported.
  NetworkPlace(store::Store& store, const store::ContainerRow& row, const ContainerConfig& config);
  NetworkPlace(NetworkPlace&& other) noexcept;
  NetworkPlace& operator=(NetworkPlace&& other) noexcept;
  ~NetworkPlace();

  const NetworkRecord& record() const { return record_; }
  bool has_resolver() const { return has_resolver_; }  // at 127.0.0.11
  // --network container:ID: where that one's namespace is to be joined, and whose hosts and resolv.conf it has; "".
  const std::string& joined_path() const { return joined_path_; }
  const std::string& joined_container() const { return joined_container_; }
  void add_to(runtime::Bundle& bundle) const;
  void add_to(monitor::LaunchRequest& request) const;  // borrows from this place
  // The run has begun: its monitor withdraws ports and names, and it is who holds them.
  void keep() {
    kept_ = true;
    held_.reset();
    relayed_.reset();
  }

 private:
  void join(store::Store& store, const std::string& network);
  void take_names(store::Store& store, const store::ContainerRow& row, const ContainerConfig& config,
                  std::vector<Fd>& held);
  void change_rules(store::Store& store, const std::string& container, const std::vector<store::PortLease>& stale,
                    const std::vector<store::PortLease>& leases);
  void withdraw() noexcept;

  NetworkRecord record_;
  std::vector<runtime::NetworkRequest> host_, own_;
  std::map<std::string, std::string> settings_;
  std::vector<network::PublishedPort> ports_;
  std::string table_;  // nftables': where the ports are
  bool has_resolver_ = false;
  const store::Store* named_store_ = nullptr;  // borrowed: where it has names that are to be withdrawn
  std::string named_;                          // its ID there
  std::string relays_;
  Fd held_, relayed_, joined_;
  std::string joined_path_, joined_container_;
  bool kept_ = true;
};

}  // namespace minidock::engine
