// Migrate: every layer gets the other driver's form, made of its tar, and then the store's file `driver` is replaced:
// that rename is the moment of truth. What each step leaves is in README.md.
//
//   lease -> draft (each layer's form) -> syncfs -> under both writers' locks, all containers locked: rename the forms
//   to
//         beside the old ones -> syncfs -> replace `driver` -> old forms to the trash -> unlink it, drop the lease
#include "store/migrate.h"

#include <sys/resource.h>
#include <unistd.h>

#include <map>

#include "base/file.h"
#include "store/container_rows.h"
#include "store/draft_directory.h"
#include "store/erofs/probe.h"
#include "store/image_files.h"
#include "store/image_rows.h"
#include "store/rebuild.h"

namespace minidock::store {

namespace {

std::map<std::string, uint64_t> layer_sizes(Database& database) {  // by their digits
  std::map<std::string, uint64_t> sizes;
  Statement query = database.prepare("SELECT diff_id, blob_size FROM layers");
  while (query.step()) sizes[query.text(0)] = static_cast<uint64_t>(query.number(1));
  return sizes;
}

uint64_t sum(const std::map<std::string, uint64_t>& sizes) {
  uint64_t total = 0;
  for (const auto& [layer, size] : sizes) total += size;
  return total;
}

// Each container's lock is a descriptor.
void allow_many_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

class Migration {
 public:
  Migration(Store& store, Rooms& rooms, StorageDriver to, const Progress& progress)
      : store_(store), rooms_(rooms), to_(to), progress_(progress), draft_(rooms, LeaseKind::migration) {}
  Migration(const Migration&) = delete;
  Migration& operator=(const Migration&) = delete;

  // Ended or not, what belongs to the other driver goes.
  ~Migration() {
    try {
      const Transaction lock(rooms_.root_database());
      discard_other_forms(rooms_, draft_.lease());
    } catch (const Error&) {
      draft_.abandon();
    }
  }

  void run() {
    do {
      make_forms();
    } while (!try_commit());
  }

 private:
  void make_forms() {
    const std::map<std::string, uint64_t> sizes = layer_sizes(rooms_.root_database());
    const uint64_t total = sum(sizes);
    uint64_t before = 0;
    for (const auto& [layer, size] : sizes) {
      if (!exists_at(draft_.fd(), layer))
        make_form(layer, [&](uint64_t done, uint64_t) {
          if (progress_) progress_(before + done, total);
        });
      before += size;
    }
    if (syncfs(rooms_.root()) != 0) throw_errno("make durable ", rooms_.location().root);
  }

  void make_form(const std::string& layer, const Progress& progress) {
    const Fd part = draft_.make_part(layer);
    try {
      rebuild_layer(rooms_, layer, layer_form(to_), part.get(), progress);
    } catch (const Error& error) {
      if (find_layer_row(rooms_.root_database(), layer)) throw error.with_context(cat("layer sha256:", layer));
      // race: it has been removed.
    }
  }

  // False where a layer has come meanwhile.
  bool try_commit() {
    // race: whoever makes a container reserves its name under RUN's lock before he asks for the driver, whoever takes
    // in a layer publishes it under ROOT's, and whoever starts or reads a container holds its lock.
    const Transaction lock(rooms_.root_database()), run_lock(rooms_.run_database());
    if (read_driver(rooms_.root()).driver == to_) {
      throw_error(ErrorKind::conflict, "another system migrate was faster; the store has the driver ", name_of(to_),
                  " now");
    }
    const std::map<std::string, uint64_t> sizes = layer_sizes(rooms_.root_database());
    for (const auto& [layer, size] : sizes) {
      if (!exists_at(draft_.fd(), layer)) return false;
    }
    const std::vector<Fd> containers = lock_containers();
    for (const auto& [layer, size] : sizes) put_in_place(layer);
    if (to_ == StorageDriver::erofs) ensure_dir(rooms_.root(), "images", 0700);
    // order: durable beside the old forms before the word that they count.
    if (syncfs(rooms_.root()) != 0) throw_errno("make durable ", rooms_.location().root);
    const std::string from = rooms_.driver_choice().driver == StorageDriver::erofs ? "erofs" : "overlay";
    change_driver(rooms_.root(), {to_, cat("changed from ", from, " by system migrate")});
    rooms_.forget_driver();
    discard_other_forms(rooms_, draft_.lease());
    return true;
  }

  void put_in_place(const std::string& layer) {
    const std::string name = form_name(layer_form(to_));
    draft_.lease().throw_away(rooms_.root(), cat(layer_path(layer), "/", name));
    rename_at(draft_.fd(), cat(layer, "/", name), rooms_.root(), cat(layer_path(layer), "/", name));
    // Else it is the same; of a layer that was damaged, or taken in by other rules once, the tar is right.
    const std::string index = cat(layer_path(layer), "/", kIndexFile);
    if (has_same_content(draft_.fd(), cat(layer, "/", kIndexFile), rooms_.root(), index)) return;
    rename_at(draft_.fd(), cat(layer, "/", kIndexFile), rooms_.root(), index);
  }

  std::vector<Fd> lock_containers() {
    for (const std::string& file : list_dir(rooms_.tmp())) {
      const std::optional<LeaseName> lease = parse_lease_name(file);
      if (!lease || lease->kind != LeaseKind::container || !is_alive(rooms_.tmp(), *lease)) continue;
      throw_error(ErrorKind::in_use, "container ", lease->subject.substr(0, 12),
                  " is being made or removed at this moment; try again");
    }
    std::vector<Fd> locks;
    for (const ContainerRow& row : store_.list_containers()) {
      std::optional<Fd> own = store_.try_lock_container(row.id);
      if (!own)
        throw_error(ErrorKind::in_use, "container ", row.name, " is in use; stop it, or wait for who uses its files");
      locks.push_back(std::move(*own));
    }
    return locks;
  }

  Store& store_;
  Rooms& rooms_;
  StorageDriver to_;
  const Progress& progress_;
  DraftDirectory draft_;
};

// kernel: with index (nfs_export, too) overlayfs notes in an upper directory which lower it is for, and mounts it on no
// other: Documentation/filesystems/overlayfs.rst "Sharing and copying layers". It then keeps a directory "index" in the
// work directory.
void refuse_bound_containers(Store& store, Rooms& rooms) {
  std::vector<std::string> bound;
  for (const ContainerRow& row : store.list_containers()) {
    if (exists_at(rooms.root(), cat(container_path(row.id), "/work", "/index"))) bound.push_back(row.name);
  }
  if (bound.empty()) return;
  throw_error(ErrorKind::unsupported,
              "containers have been started where overlayfs has index=on, which binds their files to the ",
              name_of(rooms.driver()), " form of their image: ", join(bound, ", "),
              "; commit what they hold, and remove them");
}

StorageDriver target(Rooms& rooms, const std::string& word) {
  if (!word.empty()) return parse_driver(word);
  return rooms.driver() == StorageDriver::erofs ? StorageDriver::overlay : StorageDriver::erofs;
}

}  // namespace

void discard_other_forms(Rooms& rooms, Lease& lease) {
  const bool unpacked = rooms.driver() == StorageDriver::overlay;
  const char* other = form_name(unpacked ? LayerForm::tree : LayerForm::directory);
  for (const auto& [layer, size] : layer_sizes(rooms.root_database())) {
    lease.throw_away(rooms.root(), cat(layer_path(layer), "/", other));
  }
  if (!unpacked) return;
  for (const int base : {rooms.run_root(), rooms.root()}) {
    if (!exists_at(base, "images")) continue;
    for (const std::string& name : list_dir(base, "images")) {
      if (base == rooms.root()) {
        lease.throw_away(base, "images/" + name);
      } else {
        discard_image_mount(rooms, name);
      }
    }
  }
}

MigrationPlan Store::plan_migration(const std::string& driver) {
  MigrationPlan plan;
  const StorageDriver to = target(*state_, driver);
  plan.from = driver_name();
  plan.to = name_of(to);
  plan.needed = to != state_->driver();
  if (plan.needed && to == StorageDriver::erofs) {
    try {
      erofs::probe(state_->root(), location().root);
    } catch (const Error& error) {
      throw error.with_context("erofs does not work here");
    }
  }
  if (plan.needed) refuse_bound_containers(*this, *state_);
  const std::map<std::string, uint64_t> sizes = layer_sizes(state_->root_database());
  plan.layers = sizes.size();
  plan.bytes = sum(sizes);
  return plan;
}

std::vector<std::string> Store::migrate(const std::string& driver, const Progress& progress) {
  const MigrationPlan plan = plan_migration(driver);
  if (!plan.needed) return {};
  allow_many_files();
  Migration(*this, *state_, parse_driver(plan.to), progress).run();
  std::vector<std::string> warnings;
  for (const std::string& id : image_ids(state_->root_database())) {
    const std::optional<ImageRow> image = find_image_row(state_->root_database(), id);
    if (!image) continue;
    if (std::string trouble = try_prepare_image(*state_, image->id); !trouble.empty())
      warnings.push_back(std::move(trouble));
  }
  return warnings;
}

}  // namespace minidock::store
