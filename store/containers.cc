// Containers: looking them up in both databases, renaming, locking, removing. Making one: new_container.cc.
#include <sys/stat.h>

#include <algorithm>

#include "base/file.h"
#include "store/container_rows.h"
#include "store/live_marks.h"
#include "store/names.h"
#include "store/state.h"

namespace minidock::store {

namespace {
std::string_view without_slash(std::string_view name) {
  if (name.starts_with('/')) name.remove_prefix(1);
  return name;
}

[[noreturn]] void throw_no_container(std::string_view name_or_id) {
  throw_error(ErrorKind::not_found, "No such container: ", printable(name_or_id));
}

// The ID that `name` stands for, whether or not the row behind it is still there.
std::optional<std::string> find_holder(Rooms& rooms, std::string_view name) {
  Statement query = rooms.run_database().prepare("SELECT container FROM names WHERE name = ?1");
  if (!query.bind(1, name).step()) return std::nullopt;
  return query.text(0);
}

std::optional<ContainerRow> find_by_id(Rooms& rooms, const std::string& id) {
  std::optional<ContainerRow> row = find_container_row(rooms.run_database(), id, true);
  if (!row) row = find_container_row(rooms.root_database(), id, false);
  return row;
}

std::vector<ContainerRow> newest_first(std::vector<ContainerRow> durable, std::vector<ContainerRow> ephemeral) {
  std::vector<ContainerRow> rows = std::move(durable);
  std::move(ephemeral.begin(), ephemeral.end(), std::back_inserter(rows));
  std::sort(rows.begin(), rows.end(), [](const ContainerRow& a, const ContainerRow& b) {
    return a.created != b.created ? a.created > b.created : a.id < b.id;
  });
  return rows;
}

std::optional<ContainerRow> find_by_prefix(Rooms& rooms, std::string_view prefix) {
  if (!is_hex(prefix) || prefix.size() >= 64) return std::nullopt;
  std::vector<std::string> ids = container_ids(rooms.run_database(), prefix);
  for (std::string& id : container_ids(rooms.root_database(), prefix)) ids.push_back(std::move(id));
  if (ids.empty()) return std::nullopt;
  if (ids.size() > 1) throw_error(ErrorKind::invalid, "Multiple IDs found with provided prefix: ", prefix);
  return find_by_id(rooms, ids[0]);
}
}  // namespace

std::vector<ContainerRow> Store::list_containers() {
  return newest_first(container_rows(state_->root_database(), false), container_rows(state_->run_database(), true));
}

std::vector<ContainerRow> Store::list_live_containers() {
  const std::vector<std::string> ids = list_live_marks(*state_);
  return newest_first(container_rows(state_->root_database(), ids, false),
                      container_rows(state_->run_database(), ids, true));
}

void Store::mark_live(const std::string& id) {
  make_live_mark(*state_, id);
}

void Store::unmark_if_stopped(const std::string& id) {
  const std::optional<Fd> lock = find_file(state_->run_root(), container_path(id) + "/lock", O_RDWR | O_NOFOLLOW);
  if (lock && !try_lock_file(lock->get())) return;
  // race: removed meanwhile, its mark is gone already.
  discard_live_mark(*state_, id);
}

std::optional<ContainerRow> Store::find_container(std::string_view name_or_id) {
  const std::string_view word = without_slash(name_or_id);
  if (word.empty()) return std::nullopt;
  if (word.size() == 64 && is_hex(word)) {
    if (auto row = find_by_id(*state_, std::string(word))) return row;
  }
  if (const std::optional<std::string> holder = find_holder(*state_, word)) {
    auto row = find_by_id(*state_, *holder);
    if (row && row->name == word) return row;
  }
  return find_by_prefix(*state_, word);
}

ContainerRow Store::load_container(std::string_view name_or_id) {
  std::optional<ContainerRow> row = find_container(name_or_id);
  if (!row) throw_no_container(name_or_id);
  return std::move(*row);
}

void Store::rename_container(const std::string& id, const std::string& name) {
  const ContainerRow row = load_container(id);
  const std::string new_name = check_container_name(name);
  if (new_name == row.name) {
    throw_error(ErrorKind::invalid, "Renaming a container with the same name as its current name");
  }
  // order: reserve, write, let go. Both names are ours in between; a crash leaves one that nobody stands behind.
  Lease lease = Lease::create(state_->tmp(), LeaseKind::container, id);
  reserve_name(*state_, new_name, id);
  Database& database = row.ephemeral ? state_->run_database() : state_->root_database();
  {
    Transaction transaction(database);
    database.prepare("UPDATE containers SET name = ?2 WHERE id = ?1").bind(1, id).bind(2, new_name).run();
    transaction.commit();
  }
  release_name(*state_, row.name, id);
  lease.drop();
}

void Store::change_container(const std::string& id, const std::string& config_json) {
  const ContainerRow row = load_container(id);
  Database& database = row.ephemeral ? state_->run_database() : state_->root_database();
  Transaction transaction(database);
  database.prepare("UPDATE containers SET config = ?2 WHERE id = ?1").bind(1, id).bind(2, config_json).run();
  transaction.commit();
}

std::optional<Fd> Store::try_lock_container(const std::string& id) {
  if (!find_by_id(*state_, id)) throw_no_container(id);
  const std::string directory = container_path(id);
  ensure_dir(state_->run_root(), directory, 0700);  // gone since a reboot
  Fd fd = open_file(state_->run_root(), directory + "/lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  if (!try_lock_file(fd.get())) return std::nullopt;
  // race: it may have been removed between the look at its row and the lock; then we made an empty directory again.
  if (!find_by_id(*state_, id)) {
    discard_tree(state_->run_root(), directory);
    throw_no_container(id);
  }
  return fd;
}

void Store::remove_container(const std::string& id) {
  if (id.size() != 64 || !is_hex(id)) throw_no_container(id);  // security: it becomes part of a path
  Lease lease = Lease::try_create(state_->tmp(), LeaseKind::container, id);
  erase_container(*state_, lease, id);
  lease.drop();
}

}  // namespace minidock::store
