// Rows of containers: the same columns in both databases.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"
#include "store/state.h"

namespace minidock::store {

std::vector<ContainerRow> container_rows(Database& database, bool ephemeral);
std::vector<ContainerRow> container_rows(Database& database, const std::vector<std::string>& ids, bool ephemeral);
std::optional<ContainerRow> find_container_row(Database& database, const std::string& id, bool ephemeral);
// At most two IDs that begin with `prefix` (hex digits): enough to tell none, one and several apart.
std::vector<std::string> container_ids(Database& database, std::string_view prefix);
void insert_container_row(Database& database, const ContainerRow& row);  // inside a transaction

// Row and name of whichever kind, volumes that go with them, then files; missing ones are fine. `lease` names the
// container. Returns bytes freed.
uint64_t erase_container(Rooms& rooms, Lease& lease, const std::string& id);

}  // namespace minidock::store
