#include "store/volumes.h"

#include <sys/stat.h>

#include "base/file.h"
#include "base/random.h"
#include "base/time.h"
#include "store/event_log.h"
#include "store/names.h"

namespace minidock::store {

namespace {
bool has_volume(Database& database, const std::string& name) {
  Statement query = database.prepare("SELECT 1 FROM volumes WHERE name = ?1");
  return query.bind(1, name).step();
}

void record_volume_event(const Rooms& rooms, const std::string& action, const std::string& name) {
  append_event(rooms.location().run_root, {now(), "volume", action, name, {{"driver", "local"}}});
}

std::string options_path(const std::string& name) {
  return volume_path(name) + "/options.json";
}

// Durable before the row. What lies there without a row was left by an interrupted removal: never shown again.
void make_volume_directory(Rooms& rooms, Lease& lease, const VolumeRow& row) {
  const std::string path = volume_path(row.name);
  lease.throw_away(rooms.root(), path);
  make_dir(rooms.root(), path, 0700);
  make_dir(rooms.root(), path + "/_data", 0755);
  if (fchmodat(rooms.root(), (path + "/_data").c_str(), 0755, 0) != 0) throw_errno("set mode of ", path, "/_data");
  if (!row.options_json.empty()) replace_file_durably(rooms.root(), options_path(row.name), row.options_json);
  sync_dir(rooms.root(), path);
  sync_dir(rooms.root(), "volumes");
}

void make_volume(Rooms& rooms, const VolumeRow& row, const std::string& owner) {
  Database& database = rooms.root_database();
  if (has_volume(database, row.name)) return;
  Lease lease = Lease::create(rooms.tmp(), LeaseKind::volume, row.name);
  {
    Transaction transaction(database);
    if (!has_volume(database, row.name)) {  // race: made by another while we waited for the lock
      make_volume_directory(rooms, lease, row);
      database.prepare("INSERT INTO volumes (name, anonymous, created, labels, owner) VALUES (?1, ?2, ?3, ?4, ?5)")
          .bind(1, row.name)
          .bind(2, int64_t{row.anonymous})
          .bind(3, row.created)
          .bind(4, row.labels_json)
          .bind(5, owner)
          .run();
      transaction.commit();
      record_volume_event(rooms, "create", row.name);
    }
  }
  lease.empty_trash();
  lease.drop();
}
}  // namespace

std::string Store::ensure_volume(const std::string& name, bool anonymous) {
  check_volume_name(name);
  make_volume(*state_, {name, anonymous, now()}, "");
  return volume_directory(name);
}

std::string Store::create_volume(const std::string& name, const std::string& labels_json,
                                 const std::string& options_json) {
  VolumeRow row{name, name.empty(), now(), labels_json, options_json};
  if (row.anonymous) row.name = random_hex(32);
  check_volume_name(row.name);
  make_volume(*state_, row, "");
  return row.name;
}

std::string Store::create_anonymous_volume(const std::string& container_id) {
  std::string name = random_hex(32);
  make_volume(*state_, {name, true, now()}, container_id);
  return name;
}

void Store::keep_volume(const std::string& name) {
  Database& database = state_->root_database();
  Transaction transaction(database);
  database.prepare("UPDATE volumes SET owner = '' WHERE name = ?1").bind(1, name).run();
  if (database.changes() == 0) throw_error(ErrorKind::not_found, "No such volume: ", printable(name));
  transaction.commit();
}

std::vector<VolumeRow> Store::list_volumes() {
  Statement query =
      state_->root_database().prepare("SELECT name, anonymous, created, labels FROM volumes ORDER BY name");
  std::vector<VolumeRow> rows;
  while (query.step()) {
    const std::string name = query.text(0);
    rows.push_back({name, query.number(1) != 0, query.number(2), query.text(3), volume_options(name)});
  }
  return rows;
}

std::string Store::volume_options(const std::string& name) const {
  return find_file_text(state_->root(), options_path(name)).value_or("");
}

void Store::remove_volume(const std::string& name) {
  check_volume_name(name);
  Lease lease = Lease::try_create(state_->tmp(), LeaseKind::volume, name);
  {
    Database& database = state_->root_database();
    Transaction transaction(database);
    database.prepare("DELETE FROM volumes WHERE name = ?1").bind(1, name).run();
    const bool was_there = database.changes() != 0;
    transaction.commit();
    if (was_there) record_volume_event(*state_, "destroy", name);
    lease.throw_away(state_->root(), volume_path(name));
  }
  lease.empty_trash();
  lease.drop();
}

void throw_away_volumes_of(Rooms& rooms, Lease& lease, const std::string& container_id) {
  Database& database = rooms.root_database();
  std::vector<std::string> names;
  {
    Statement query = database.prepare("SELECT name FROM volumes WHERE owner = ?1 AND owner != ''");
    query.bind(1, container_id);
    while (query.step()) names.push_back(query.text(0));
  }
  if (names.empty()) return;  // the common case takes no lock
  Transaction transaction(database);
  database.prepare("DELETE FROM volumes WHERE owner = ?1").bind(1, container_id).run();
  transaction.commit();
  for (const std::string& name : names) {
    record_volume_event(rooms, "destroy", name);
    lease.throw_away(rooms.root(), volume_path(name));
  }
}

}  // namespace minidock::store
