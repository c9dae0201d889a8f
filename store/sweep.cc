#include "store/sweep.h"

#include "base/file.h"
#include "store/container_rows.h"
#include "store/image_files.h"
#include "store/image_rows.h"
#include "store/migrate.h"
#include "store/names.h"
#include "store/signatures.h"

namespace minidock::store {

namespace {
using Place = Garbage::Place;

// A maker or remover of this container died. Its command may be running under the monitor (the lock says so), and a
// durable row is the word that it exists; a `run --rm` that never came so far leaves nothing.
uint64_t recover_container(Rooms& rooms, Lease& lease, const std::string& id) {
  if (is_container_locked(rooms.run_root(), id)) return 0;
  if (find_container_row(rooms.root_database(), id, false)) return 0;
  return erase_container(rooms, lease, id);
}

void recover_layer(Rooms& rooms, Lease& lease, const std::string& diff_hex) {
  const Transaction lock(rooms.root_database());
  if (find_layer_row(rooms.root_database(), diff_hex)) return;
  lease.throw_away(rooms.root(), layer_path(diff_hex));
  lease.throw_away(rooms.root(), blob_path(diff_hex));
}

// A removal got no further. Who makes an image's file needs no recovery: it is made under the row.
void recover_image(Rooms& rooms, Lease& lease, const std::string& chain_hex) {
  const Transaction lock(rooms.root_database());
  if (image_chains(rooms.root_database()).count(chain_hex) != 0) return;
  discard_image_mount(rooms, chain_hex);
  lease.throw_away(rooms.root(), image_file(chain_hex));
}

// It got as far as the store's driver tells, or not.
void recover_migration(Rooms& rooms, Lease& lease) {
  const Transaction lock(rooms.root_database());
  rooms.forget_driver();
  discard_other_forms(rooms, lease);
}

void recover_volume(Rooms& rooms, Lease& lease, const std::string& name) {
  const Transaction lock(rooms.root_database());
  Statement query = rooms.root_database().prepare("SELECT 1 FROM volumes WHERE name = ?1");
  if (!query.bind(1, name).step()) lease.throw_away(rooms.root(), volume_path(name));
}

void recover_signatures(Rooms& rooms, Lease& lease, const std::string& image_hex) {
  const Transaction lock(rooms.root_database());
  if (!find_image_row(rooms.root_database(), image_hex)) lease.throw_away(rooms.root(), signatures_path(image_hex));
}

// A name's row goes only if it is still as useless as it was when found.
void discard_name(Rooms& rooms, const std::string& name) {
  Database& database = rooms.run_database();
  Transaction transaction(database);
  Statement query = database.prepare("SELECT container FROM names WHERE name = ?1");
  if (!query.bind(1, name).step() || is_name_held(rooms, name, query.text(0))) return;
  database.prepare("DELETE FROM names WHERE name = ?1").bind(1, name).run();
  transaction.commit();
}
}  // namespace

uint64_t recover(Rooms& rooms, Lease lease) {
  if (!lease) return 0;
  uint64_t freed = 0;
  const LeaseName& name = lease.name();
  switch (name.kind) {
    case LeaseKind::layer:
      recover_layer(rooms, lease, name.subject);
      break;
    case LeaseKind::container:
      freed += recover_container(rooms, lease, name.subject);
      break;
    case LeaseKind::volume:
      recover_volume(rooms, lease, name.subject);
      break;
    case LeaseKind::image:
      recover_image(rooms, lease, name.subject);
      break;
    case LeaseKind::signatures:
      recover_signatures(rooms, lease, name.subject);
      break;
    case LeaseKind::migration:
      recover_migration(rooms, lease);
      break;
    case LeaseKind::import:
    case LeaseKind::sweep:
      break;
  }
  freed += discard_tree(rooms.tmp(), lease.draft());
  freed += lease.empty_trash();
  lease.drop();
  return freed;
}

bool recover(Rooms& rooms, const std::vector<std::string>& entries) {
  bool marked = false;
  for (const std::string& entry : entries) {
    marked = marked || entry == kGarbageMark;
    const std::optional<LeaseName> name = parse_lease_name(entry);
    if (!name) continue;
    try {
      if (std::optional<Lease> lease = Lease::try_adopt(rooms.tmp(), *name)) recover(rooms, std::move(*lease));
    } catch (const Error&) {
      // The command that is being started may well do without; check() lists what stays.
    }
  }
  return marked;
}

uint64_t Store::sweep() {
  Rooms& rooms = *state_;
  uint64_t freed = 0;
  for (const std::string& entry : list_dir(rooms.tmp())) {
    const std::optional<LeaseName> name = parse_lease_name(entry);
    if (!name) continue;
    if (std::optional<Lease> lease = Lease::try_adopt(rooms.tmp(), *name)) freed += recover(rooms, std::move(*lease));
  }
  Lease trash = Lease::create(rooms.tmp(), LeaseKind::sweep);
  std::vector<Garbage> garbage;
  {
    // Whatever can be made again under its old name (layers, blobs, volumes) is made under this lock.
    Transaction transaction(rooms.root_database());
    garbage = find_garbage(rooms);
    for (const Garbage& thing : garbage) {
      if (thing.place != Place::volume) continue;  // a volume whose owner is gone still has its row
      rooms.root_database().prepare("DELETE FROM volumes WHERE name = ?1").bind(1, thing.entry).run();
    }
    transaction.commit();
    for (const Garbage& thing : garbage) {
      if (thing.place == Place::image_mount) discard_image_mount(rooms, thing.entry);
      if (thing.is_below_root()) trash.throw_away(rooms.root(), thing.path());
    }
  }
  for (const Garbage& thing : garbage) {
    if (thing.is_below_run()) freed += discard_tree(rooms.run_root(), thing.path());
    if (thing.place == Place::name) discard_name(rooms, thing.entry);
  }
  freed += trash.empty_trash();
  trash.drop();
  discard_file(rooms.tmp(), kGarbageMark);
  return freed;
}

}  // namespace minidock::store
