#include "store/networks.h"

namespace minidock::store {

namespace {
std::vector<NetworkRow> read_networks(Database& database) {
  Statement query = database.prepare("SELECT id, name, created, config FROM networks ORDER BY name");
  std::vector<NetworkRow> out;
  while (query.step()) out.push_back({query.text(0), query.text(1), query.number(2), query.text(3)});
  return out;
}
}  // namespace

std::vector<NetworkRow> Store::list_networks() {
  return read_networks(state_->root_database());
}

std::optional<NetworkRow> Store::find_network(const std::string& name) {
  Statement query = state_->root_database().prepare("SELECT id, name, created, config FROM networks WHERE name = ?1");
  if (!query.bind(1, name).step()) return std::nullopt;
  return NetworkRow{query.text(0), query.text(1), query.number(2), query.text(3)};
}

std::vector<NetworkRow> NetworkBook::list() {
  return read_networks(database_);
}

void NetworkBook::add(const NetworkRow& row) {
  database_.prepare("INSERT OR IGNORE INTO networks (id, name, created, config) VALUES (?1, ?2, ?3, ?4)")
      .bind(1, row.id)
      .bind(2, row.name)
      .bind(3, row.created)
      .bind(4, row.config_json)
      .run();
  if (database_.changes() == 0) throw_error(ErrorKind::conflict, "network with name ", row.name, " already exists");
}

void NetworkBook::remove(const std::string& id) {
  database_.prepare("DELETE FROM networks WHERE id = ?1").bind(1, id).run();
}

}  // namespace minidock::store
