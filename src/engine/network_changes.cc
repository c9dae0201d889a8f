#include "engine/network_changes.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/live_network.h"
#include "engine/turn.h"

namespace minidock::engine {

namespace {

std::string changes_directory(const store::Store& store) {
  return store.location().run_root + "/network-changes";
}

std::optional<network::Network> read_change(const std::string& path) {
  const auto text = find_file_text(AT_FDCWD, path);
  if (!text) return std::nullopt;
  const size_t space = text->find(' ');
  if (space == std::string::npos) return std::nullopt;  // killed before it was whole: nothing was done
  network::Network out;
  out.id = text->substr(0, space);
  out.name = text->substr(space + 1);
  return out;
}

void mend(store::Store& store, const std::string& container) {
  const std::string path = cat(changes_directory(store), "/", container);
  if (store.find_container(container)) {
    const auto turn = try_take_turn(store, container);
    if (!turn) return;  // it is under way
    if (const auto network = read_change(path)) leave_network(store, container, *network);
  }
  discard_file(AT_FDCWD, path);
}

}  // namespace

NetworkChange::NetworkChange(const store::Store& store, const std::string& container, const network::Network& network)
    : path_(cat(changes_directory(store), "/", container)) {
  ensure_dirs(changes_directory(store), 0700);
  write_file(AT_FDCWD, path_, cat(network.id, " ", network.name));
}

void NetworkChange::finish() {
  discard_file(AT_FDCWD, path_);
}

std::optional<size_t> find_option(const ContainerConfig& config, const network::Network& network) {
  for (size_t i = 0; i < config.networks.size(); ++i) {
    const std::string& name = config.networks[i].network;
    if (name == network.name) return i;
  }
  for (size_t i = 0; i < config.networks.size(); ++i) {
    if (network.id.starts_with(config.networks[i].network)) return i;
  }
  return std::nullopt;
}

void leave_network(store::Store& store, const std::string& container, const network::Network& network) {
  const store::ContainerRow row = store.load_container(container);
  ContainerConfig config = parse_container_config(row.config_json);
  // order: the row first. Whoever starts the container from here on does not bring it there.
  if (const auto option = find_option(config, network)) {
    config.networks.erase(config.networks.begin() + static_cast<long>(*option));
    store.change_container(container, to_json(config));
  }
  // race: it may have ended, and begun another run by the row of before.
  while (auto live = LiveNetwork::find(store, row)) {
    live->leave(network.id, config);
    if (live->is_running()) break;
  }
}

void mend_networks(store::Store& store) {
  const std::string directory = changes_directory(store);
  if (!exists_at(AT_FDCWD, directory)) return;
  for (const std::string& container : list_dir(AT_FDCWD, directory)) {
    try {
      mend(store, container);
    } catch (const Error&) {
      // The file is still there: the next command tries again.
    }
  }
}

}  // namespace minidock::engine
