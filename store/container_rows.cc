#include "store/container_rows.h"

#include "base/file.h"
#include "store/live_marks.h"
#include "store/volumes.h"

namespace minidock::store {

namespace {
constexpr std::string_view kColumns = "SELECT id, name, image, image_reference, created, config FROM containers ";

ContainerRow read_row(const Statement& query, bool ephemeral) {
  ContainerRow row;
  row.id = query.text(0);
  row.name = query.text(1);
  row.image = id_of_row<oci::ImageId>(query.text(2));
  row.image_reference = query.text(3);
  row.created = query.number(4);
  row.ephemeral = ephemeral;
  row.config_json = query.text(5);
  return row;
}

// The row's name once it is dropped, "" if there was none.
std::string drop_row(Database& database, const std::string& id) {
  Statement erase = database.prepare("DELETE FROM containers WHERE id = ?1 RETURNING name");
  if (!erase.bind(1, id).step()) return "";
  std::string name = erase.text(0);
  erase.run();
  return name;
}

void drop_rows(Rooms& rooms, const std::string& id) {
  Database& run = rooms.run_database();
  const bool ephemeral = find_container_row(run, id, true).has_value();
  if (!ephemeral) {
    Transaction transaction(rooms.root_database());
    drop_row(rooms.root_database(), id);
    transaction.commit();
  }
  Transaction transaction(run);
  const std::string name = ephemeral ? drop_row(run, id) : "";
  if (name.empty()) {
    run.prepare("DELETE FROM names WHERE container = ?1").bind(1, id).run();
  } else {
    run.prepare("DELETE FROM names WHERE name = ?1 AND container = ?2").bind(1, name).bind(2, id).run();
  }
  transaction.commit();
}
}  // namespace

std::vector<ContainerRow> container_rows(Database& database, bool ephemeral) {
  std::vector<ContainerRow> rows;
  Statement query = database.prepare(kColumns);
  while (query.step()) rows.push_back(read_row(query, ephemeral));
  return rows;
}

std::vector<ContainerRow> container_rows(Database& database, const std::vector<std::string>& ids, bool ephemeral) {
  std::vector<ContainerRow> rows;
  // One statement for all of them: each takes and lets go of the database's locks.
  Statement query = database.prepare(cat(kColumns, "WHERE id IN (SELECT value FROM json_each(?1))"));
  query.bind(1, ids.empty() ? "[]" : cat("[\"", join(ids, "\",\""), "\"]"));
  while (query.step()) rows.push_back(read_row(query, ephemeral));
  return rows;
}

std::optional<ContainerRow> find_container_row(Database& database, const std::string& id, bool ephemeral) {
  Statement query = database.prepare(cat(kColumns, "WHERE id = ?1"));
  if (!query.bind(1, id).step()) return std::nullopt;
  return read_row(query, ephemeral);
}

std::vector<std::string> container_ids(Database& database, std::string_view prefix) {
  std::vector<std::string> ids;
  // 'g' follows the hex digits, so the index gives just this range.
  Statement query = database.prepare("SELECT id FROM containers WHERE id >= ?1 AND id < ?2 LIMIT 2");
  query.bind(1, prefix).bind(2, cat(prefix, "g"));
  while (query.step()) ids.push_back(query.text(0));
  return ids;
}

void insert_container_row(Database& database, const ContainerRow& row) {
  database
      .prepare(
          "INSERT INTO containers (id, name, image, image_reference, created, config) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
      .bind(1, row.id)
      .bind(2, row.name)
      .bind(3, row.image.hex())
      .bind(4, row.image_reference)
      .bind(5, row.created)
      .bind(6, row.config_json)
      .run();
}

uint64_t erase_container(Rooms& rooms, Lease& lease, const std::string& id) {
  drop_rows(rooms, id);
  throw_away_volumes_of(rooms, lease, id);
  discard_live_mark(rooms, id);
  // RUN's first, so that no lock outlives the data.
  const uint64_t freed =
      discard_tree(rooms.run_root(), container_path(id)) + discard_tree(rooms.root(), container_path(id));
  return freed + lease.empty_trash();
}

}  // namespace minidock::store
