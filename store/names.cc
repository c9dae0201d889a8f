#include "store/names.h"

#include "base/file.h"
#include "base/random.h"
#include "store/words.h"

namespace minidock::store {

namespace {
bool follows_rule(std::string_view name) {
  return name.size() >= 2 && is_plain_name(name);
}

// race: the lease is looked at before the rows. A maker commits its row before it drops its lease, so "no lease"
// followed by "no row" proves that nobody stands behind the name.
bool has_live_lease(Rooms& rooms, const std::string& id) {
  for (const std::string& file : list_dir(rooms.tmp())) {
    const std::optional<LeaseName> lease = parse_lease_name(file);
    if (lease && lease->kind == LeaseKind::container && lease->subject == id && is_alive(rooms.tmp(), *lease))
      return true;
  }
  return false;
}

bool has_row(Database& database, const std::string& name, const std::string& id) {
  Statement query = database.prepare("SELECT 1 FROM containers WHERE id = ?1 AND name = ?2");
  return query.bind(1, id).bind(2, name).step();
}

// Inside a transaction of RUN's database. Returns the holder's ID, or "" when the name is ours now.
std::string try_reserve(Rooms& rooms, const std::string& name, const std::string& id) {
  Database& database = rooms.run_database();
  Statement insert = database.prepare("INSERT INTO names (name, container) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
  insert.bind(1, name).bind(2, id).run();
  if (database.changes() == 1) return "";
  Statement query = database.prepare("SELECT container FROM names WHERE name = ?1");
  query.bind(1, name).step();
  std::string holder = query.text(0);
  if (is_name_held(rooms, name, holder)) return holder;
  database.prepare("UPDATE names SET container = ?2 WHERE name = ?1").bind(1, name).bind(2, id).run();
  return "";
}
}  // namespace

std::string check_container_name(std::string_view name) {
  std::string_view bare = name;
  if (bare.starts_with('/')) bare.remove_prefix(1);
  if (!follows_rule(bare)) {
    throw_error(ErrorKind::invalid, "Invalid container name (", printable(name),
                "), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
  }
  return std::string(bare);
}

void check_volume_name(std::string_view name) {
  if (name.size() > 200) throw_error(ErrorKind::invalid, "create volume: the name is longer than 200 bytes");
  if (follows_rule(name)) return;
  throw_error(ErrorKind::invalid, "create ", printable(name), ": \"", printable(name),
              "\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed."
              " If you intended to pass a host directory, use absolute path");
}

std::string random_name() {
  return cat(kAdjectives[random_number(kAdjectives.size())], "_", kSurnames[random_number(kSurnames.size())]);
}

void reserve_name(Rooms& rooms, const std::string& name, const std::string& id) {
  Transaction transaction(rooms.run_database());
  const std::string holder = try_reserve(rooms, name, id);
  if (!holder.empty()) {
    throw_error(ErrorKind::conflict, "Conflict. The container name \"/", name, "\" is already in use by container \"",
                holder, "\". You have to remove (or rename) that container to be able to reuse that name.");
  }
  transaction.commit();
}

std::string reserve_random_name(Rooms& rooms, const std::string& id) {
  constexpr int kTries = 6;
  Transaction transaction(rooms.run_database());
  std::string name;
  for (int tries = 0; tries < kTries; ++tries) {
    name = random_name();
    if (!try_reserve(rooms, name, id).empty()) continue;
    transaction.commit();
    return name;
  }
  // So many names are taken that luck is no way: add the start of the ID, which is unique.
  name += cat("_", id.substr(0, 12));
  if (!try_reserve(rooms, name, id).empty()) throw_error(ErrorKind::conflict, "choose a name: ", name, " is in use");
  transaction.commit();
  return name;
}

void release_name(Rooms& rooms, const std::string& name, const std::string& id) {
  Transaction transaction(rooms.run_database());
  rooms.run_database().prepare("DELETE FROM names WHERE name = ?1 AND container = ?2").bind(1, name).bind(2, id).run();
  transaction.commit();
}

bool is_name_held(Rooms& rooms, const std::string& name, const std::string& id) {
  return has_live_lease(rooms, id) || has_row(rooms.run_database(), name, id) ||
         has_row(rooms.root_database(), name, id);
}

}  // namespace minidock::store
