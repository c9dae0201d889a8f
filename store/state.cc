#include "store/state.h"

#include "base/file.h"
#include "base/time.h"
#include "embedded/run_schema_sql.h"
#include "embedded/run_upgrade_2_sql.h"
#include "embedded/schema_sql.h"
#include "embedded/upgrade_2_sql.h"
#include "embedded/upgrade_3_sql.h"
#include "embedded/upgrade_4_sql.h"
#include "store/boot.h"
#include "store/location.h"

namespace minidock::store {

namespace {
constexpr int kRootVersion = 4;
constexpr int kRunVersion = 2;
constexpr const char* kWriterLock = "writer.lock";

const std::string& root_schema() {
  static const std::string kText =
      cat(embedded::schema_sql(), embedded::upgrade_2_sql(), embedded::upgrade_3_sql(), embedded::upgrade_4_sql());
  return kText;
}

const std::string& run_schema() {
  static const std::string kText = cat(embedded::run_schema_sql(), embedded::run_upgrade_2_sql());
  return kText;
}
}  // namespace

Rooms::Rooms(const Location& location)
    : location_(location),
      root_(open_root(location.root, location.driver)),
      run_root_(open_run_root(location.run_root)),
      tmp_(open_dir(root_.get(), "tmp")) {
  id_ = ensure_store_id(root());
  const Owner owner{read_boot_id(), id_};
  if (is_run_root_current(run_root(), location.run_root, owner)) return;
  renew_run_root(root(), run_root(), location.run_root, owner, [this] { fill_run_root(); });
}

const DriverChoice& Rooms::driver_choice() const {
  if (!driver_) driver_ = read_driver(root());
  return *driver_;
}

Database& Rooms::root_database() {
  if (!root_database_) {
    root_database_ =
        Database::open(cat(location_.root, "/", kDatabaseFile), cat(location_.root, "/", kWriterLock),
                       {root_schema(),
                        kRootVersion,
                        Durability::power_loss,
                        {embedded::upgrade_2_sql(), embedded::upgrade_3_sql(), embedded::upgrade_4_sql()}});
  }
  return *root_database_;
}

Database& Rooms::run_database() {
  if (!run_database_) {
    run_database_ =
        Database::open(cat(location_.run_root, "/", kDatabaseFile), cat(location_.run_root, "/", kWriterLock),
                       {run_schema(), kRunVersion, Durability::process_death, {embedded::run_upgrade_2_sql()}});
  }
  return *run_database_;
}

void Rooms::close_databases() {
  root_database_.reset();
  run_database_.reset();
}

// The first command of a boot: names of the durable containers are reserved again; what `run --rm` left in
// ROOT/containers has lost its rows, so a sweep is due.
void Rooms::fill_run_root() {
  run_database_.reset();
  Statement containers = root_database().prepare("SELECT name, id FROM containers");
  Transaction transaction(run_database());
  Statement reserve = run_database().prepare("INSERT INTO names (name, container) VALUES (?1, ?2)");
  while (containers.step()) {
    reserve.bind(1, containers.text(0)).bind(2, containers.text(1)).run();
  }
  transaction.commit();
  if (!list_dir(root(), "containers").empty()) write_file(tmp(), kGarbageMark, "");
}

bool Rooms::is_up(const std::string& container) const {
  return is_container_locked(run_root(), container) || (survives_ && survives_(container));
}

bool is_container_locked(int run_root, const std::string& id) {
  const std::optional<Fd> fd = find_file(run_root, container_path(id) + "/lock", O_RDWR | O_NOFOLLOW);
  return fd && !try_lock_file(fd->get());
}

}  // namespace minidock::store
