// Networks: rows of ROOT's database, made and dropped under the writers' lock. What a config holds is the engine's.
#pragma once

#include <string>
#include <vector>

#include "store/state.h"

namespace minidock::store {

// The networks while nobody else changes them: who chooses a subnet has to know all that are taken. Rolled back without
// commit().
class NetworkBook {
 public:
  explicit NetworkBook(Store& store) : database_(store.rooms().root_database()), transaction_(database_) {}

  std::vector<NetworkRow> list();  // by name
  // Throws conflict for a name that is taken.
  void add(const NetworkRow& row);
  void remove(const std::string& id);
  void commit() { transaction_.commit(); }

 private:
  Database& database_;
  Transaction transaction_;
};

}  // namespace minidock::store
