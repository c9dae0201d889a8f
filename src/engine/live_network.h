// The networks of a container that is up, from outside: what `network connect` and `disconnect` change of them.
#pragma once

#include <optional>
#include <string>

#include "engine/container_config.h"
#include "engine/network_record.h"
#include "linux/netlink_message.h"
#include "store/network_leases.h"
#include "store/store.h"

namespace minidock::engine {

// The first process of a container (a pidfd) and its network namespace.
struct RunningNetwork {
  Fd process, network;
};
std::optional<RunningNetwork> find_running_network(store::Store& store, const std::string& id);

class LiveNetwork {
 public:
  // nullopt for a container that does not run. Borrows the store.
  static std::optional<LiveNetwork> find(store::Store& store, const store::ContainerRow& row);

  // One step after the other, of which each can fail or be the last: leave() undoes what there is of them. Throws as a
  // start does; conflict where the container has ended meanwhile.
  void join(const NetworkOption& option, const ContainerConfig& config);
  // Of a network by its ID, whatever there is of that. Does nothing where the container has ended meanwhile.
  void leave(const std::string& network_id, const ContainerConfig& config);
  bool is_running() const;

 private:
  LiveNetwork(store::Store& store, const store::ContainerRow& row, RunningNetwork running)
      : store_(&store), row_(row), running_(std::move(running)) {}
  // With the leases' transaction: its ports lead where the record says, which then is written.
  void write(store::LeaseBook& book, NetworkRecord& record, const ContainerConfig& config);
  void change_hosts(const std::string& gone, const std::string& come);

  store::Store* store_;
  store::ContainerRow row_;
  RunningNetwork running_;
};

}  // namespace minidock::engine
