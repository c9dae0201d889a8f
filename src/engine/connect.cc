// network connect and disconnect: another network for a container, at once where it runs, and for its later starts.
#include <ctime>

#include "base/error.h"
#include "base/text.h"
#include "engine/engine.h"
#include "engine/events.h"
#include "engine/live_network.h"
#include "engine/network_changes.h"
#include "engine/network_membership.h"
#include "engine/turn.h"

namespace minidock::engine {

namespace {

constexpr const char* kHostConflict = "container cannot be disconnected from host network or connected to host network";

// Docker's rules and words.
void require_connectable(const ContainerConfig& config, const NetworkView& network) {
  if (network.driver == "host") throw_error(ErrorKind::conflict, kHostConflict);
  const bool is_none = config.networks.empty() && config.network == "none";
  if (config.networks.empty() && is_network_mode(config.network) && !is_none) {
    throw_error(ErrorKind::conflict,
                "container sharing network namespace with another container or host cannot be connected to any other "
                "network");
  }
  if (is_none || network.driver == "null") {
    throw_error(ErrorKind::conflict,
                "container cannot be connected to multiple networks with one of the networks in private (none) mode");
  }
}

ContainerConfig connected(ContainerConfig config, const NetworkOption& option, const network::Network& network) {
  if (!find_option(config, network)) config.networks.push_back(option);
  validate(config);
  return config;
}

bool is_on(const NetworkRecord& record, const network::Network& network) {
  for (const EndpointRecord& endpoint : record.endpoints) {
    if (endpoint.network_id == network.id) return true;
  }
  return false;
}

// Calls `attempt` until it says that it is done: a container that begins or ends is neither up nor still.
template <typename Attempt>
void await_rest(const std::string& id, Attempt attempt) {
  constexpr Nanoseconds kPatience = 10 * kSecond;
  constexpr timespec kPause = {0, 1'000'000};
  const Nanoseconds deadline = monotonic_now() + kPatience;
  while (!attempt()) {
    if (monotonic_now() >= deadline) {
      throw_error(ErrorKind::in_use, "container ", id, ": another command holds it; try again");
    }
    ::nanosleep(&kPause, nullptr);
  }
}

}  // namespace

// Row and running container, both or none. False where it has ended meanwhile.
bool Engine::connect_live(const ContainerView& view, const NetworkView& network, const NetworkOption& option,
                          const ContainerConfig& config) {
  if (is_on(view.network(), network.network)) {
    throw_error(ErrorKind::conflict, "endpoint with name ", view.row.name, " already exists in network ",
                network.network.name);
  }
  auto live = LiveNetwork::find(store_, view.row);
  if (!live) return false;
  NetworkChange change(store_, view.row.id, network.network);
  try {
    store_.change_container(view.row.id, to_json(config));
    live->join(option, config);
  } catch (const Error&) {
    leave_network(store_, view.row.id, network.network);
    change.finish();
    if (!live->is_running()) return false;
    throw;
  }
  change.finish();
  return true;
}

void Engine::connect(const std::string& network, const std::string& name_or_id, const NetworkOption& given) {
  const std::string id = store_.load_container(name_or_id).id;
  const NetworkView to = load_network(store_, network);
  NetworkOption option = given;
  option.network = to.network.name;
  const Fd turn = take_turn(store_, id);
  await_rest(id, [&] {
    const ContainerView view = load(id);
    require_connectable(view.config(), to);
    const ContainerConfig config = connected(view.config(), option, to.network);
    check_option(to.network, option);
    if (view.is_up()) return connect_live(view, to, option, config);
    const auto stopped = store_.try_lock_container(id);
    if (!stopped && view.state != ContainerState::restarting) return false;
    store_.change_container(id, to_json(config));
    return true;
  });
  record_network_event(store_, "connect", to, id);
}

void Engine::disconnect(const std::string& network, const std::string& name_or_id, bool force) {
  const std::string id = store_.load_container(name_or_id).id;
  NetworkView from;
  try {
    from = load_network(store_, network);
  } catch (const Error& error) {
    if (!force || error.kind() != ErrorKind::not_found) throw;
    from.driver = "bridge";
    from.network.name = network;  // a row may still name it
  }
  const Fd turn = take_turn(store_, id);
  await_rest(id, [&] {
    const ContainerView view = load(id);
    ContainerConfig config = view.config();
    if (from.driver == "host" && view.is_up() && config.network == "host") {
      throw_error(ErrorKind::conflict, kHostConflict);
    }
    const auto stopped = view.is_up() ? std::nullopt : store_.try_lock_container(id);
    if (!view.is_up() && !stopped && view.state != ContainerState::restarting) return false;
    const bool is_mode = config.networks.empty() && config.network == from.network.name;
    if (is_mode && is_network_mode(config.network)) {
      config.network = "";  // on none, and free to be connected
      store_.change_container(id, to_json(config));
      return true;
    }
    if (!find_option(config, from.network) && !is_on(view.network(), from.network)) {
      throw_error(ErrorKind::not_found, "container ", id, " is not connected to ", view.is_up() ? "" : "the ",
                  "network ", from.network.name);
    }
    NetworkChange change(store_, id, from.network);
    leave_network(store_, id, from.network);
    change.finish();
    return true;
  });
  record_network_event(store_, "disconnect", from, id);
}

}  // namespace minidock::engine
