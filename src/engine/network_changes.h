// Changes of what networks a container is on that a killed command has left half done.
//
//   RUN/network-changes/<container>    "ID NAME" of a network: as long as the file is there, the container is not to be
//                                      on it, whatever row, record, leases and interfaces say
//
// The file is made before the first step of a connect or disconnect, which has the container's turn (turn.h), and
// removed after the last. Whoever finds one whose turn is free takes what there is of the network away.
#pragma once

#include <optional>
#include <string>

#include "engine/container_config.h"
#include "engine/networks.h"
#include "store/store.h"

namespace minidock::engine {

class NetworkChange {
 public:
  // Makes the file. With the container's turn.
  NetworkChange(const store::Store& store, const std::string& container, const network::Network& network);
  void finish();  // removes it

 private:
  std::string path_;
};

// The option in a config that stands for a network, by its name, its ID or the beginning of that; nullopt for none.
std::optional<size_t> find_option(const ContainerConfig& config, const network::Network& network);

// Row, interface, addresses, names: what there is of them goes. Throws not_found for a container that is gone.
void leave_network(store::Store& store, const std::string& container, const network::Network& network);

// Costs one look at a directory where there is nothing to mend. Not with the leases' transaction. Never throws.
void mend_networks(store::Store& store);

}  // namespace minidock::engine
