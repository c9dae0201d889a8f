// Volumes: a directory and a row, both made under the writers' lock.
#include "base/file.h"
#include "base/random.h"
#include "base/time.h"
#include "store/names.h"
#include "store/state.h"

#include <sys/stat.h>

namespace minidock::store {

namespace {
bool has_volume(Database& database, const std::string& name) {
  Statement query = database.prepare("SELECT 1 FROM volumes WHERE name = ?1");
  return query.bind(1, name).step();
}

// Durable before the row. What lies there without a row was left by an interrupted removal: never shown again.
void make_volume_directory(Rooms& rooms, Lease& lease, const std::string& name) {
  const std::string path = volume_path(name);
  lease.throw_away(rooms.root(), path);
  make_dir(rooms.root(), path, 0700);
  make_dir(rooms.root(), path + "/_data", 0755);
  if (fchmodat(rooms.root(), (path + "/_data").c_str(), 0755, 0) != 0) throw_errno("set mode of ", path, "/_data");
  sync_dir(rooms.root(), path);
  sync_dir(rooms.root(), "volumes");
}
}  // namespace

std::string Store::ensure_volume(const std::string& name, bool anonymous) {
  check_volume_name(name);
  Database& database = state_->root_database();
  if (has_volume(database, name)) return volume_directory(name);
  Lease lease = Lease::create(state_->tmp(), LeaseKind::volume, name);
  {
    Transaction transaction(database);
    if (!has_volume(database, name)) {  // race: made by another while we waited for the lock
      make_volume_directory(*state_, lease, name);
      database.prepare("INSERT INTO volumes (name, anonymous, created, labels) VALUES (?1, ?2, ?3, '{}')")
          .bind(1, name).bind(2, int64_t{anonymous}).bind(3, now()).run();
      transaction.commit();
    }
  }
  lease.empty_trash();
  lease.drop();
  return volume_directory(name);
}

std::string Store::create_anonymous_volume() {
  const std::string name = random_hex(32);
  ensure_volume(name, true);
  return name;
}

std::vector<VolumeRow> Store::list_volumes() {
  Statement query = state_->root_database().prepare("SELECT name, anonymous, created, labels FROM volumes ORDER BY name");
  std::vector<VolumeRow> rows;
  while (query.step()) rows.push_back({query.text(0), query.number(1) != 0, query.number(2), query.text(3)});
  return rows;
}

void Store::remove_volume(const std::string& name) {
  check_volume_name(name);
  Lease lease = Lease::try_create(state_->tmp(), LeaseKind::volume, name);
  {
    Database& database = state_->root_database();
    Transaction transaction(database);
    database.prepare("DELETE FROM volumes WHERE name = ?1").bind(1, name).run();
    transaction.commit();
    lease.throw_away(state_->root(), volume_path(name));
  }
  lease.empty_trash();
  lease.drop();
}

}  // namespace minidock::store
