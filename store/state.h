// What every part of the store works on: the directories, the two databases (opened when first needed), and the
// names of things below them.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/fd.h"
#include "store/database.h"
#include "store/driver.h"
#include "store/leases.h"
#include "store/store.h"

namespace minidock::store {

class Rooms {
 public:
  explicit Rooms(const Location& location);

  const Location& location() const { return location_; }
  const std::string& id() const { return id_; }  // tells stores apart: 16 hex digits
  int root() const { return root_.get(); }
  int run_root() const { return run_root_.get(); }
  int tmp() const { return tmp_.get(); }
  StorageDriver driver() const { return driver_choice().driver; }
  const DriverChoice& driver_choice() const;  // read when first asked for
  // Its lock is held, or whoever opened the store knows better: see Store::use_survivors().
  bool is_up(const std::string& container) const;
  void use_survivors(std::function<bool(const std::string&)> survives) { survives_ = std::move(survives); }
  void forget_driver() { driver_.reset(); }  // it may be another by now
  Database& root_database();                 // ROOT/minidock.db: schema.sql
  Database& run_database();                  // RUN/minidock.db: run_schema.sql
  void close_databases();                    // until they are asked for again

 private:
  void fill_run_root();

  Location location_;
  std::string id_;
  Fd root_, run_root_, tmp_;
  mutable std::optional<DriverChoice> driver_;
  std::optional<Database> root_database_, run_database_;
  std::function<bool(const std::string&)> survives_;
};

struct Store::State : Rooms {
  using Rooms::Rooms;
};

// Paths relative to ROOT (containers also to RUN).
inline std::string blob_path(const std::string& diff_hex) {
  return "blobs/sha256/" + diff_hex;
}
inline std::string layer_path(const std::string& diff_hex) {
  return "layers/" + diff_hex;
}
inline std::string container_path(const std::string& id) {
  return "containers/" + id;
}
inline std::string volume_path(const std::string& name) {
  return "volumes/" + name;
}

// An empty file ROOT/tmp/garbage: check() has found some, the next Store::open() sweeps.
constexpr const char* kGarbageMark = "garbage";

// Does some process (the monitor, or a command at work) hold the container's lock?
bool is_container_locked(int run_root, const std::string& id);

// The digest of 64 hex digits that a database holds. Throws corrupt.
template <typename Id>
Id id_of_row(const std::string& hex) {
  const std::optional<oci::Digest> digest = oci::Digest::parse_hex(hex);
  if (!digest) throw_error(ErrorKind::corrupt, "read the store's database: ", printable(hex), " is no digest");
  return Id{*digest};
}

}  // namespace minidock::store
