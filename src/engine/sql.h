// The state as tables, for one SELECT (store/select.h): durable and volatile rows as one, containers with what their
// monitors say. A copy is made of the tables that the statement reads; nothing is held while it runs.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "store/select.h"

namespace minidock::engine {

using SqlValue = store::SqlValue;
using SqlRow = store::SqlRow;

// "CREATE TABLE …" of all views: each column with its type, and a comment that says what it is.
std::string_view sql_schema();

// Throws what SelectDatabase does.
void run_sql(Engine& engine, std::string_view select,
             const std::function<void(const std::vector<std::string>&)>& columns,
             const std::function<void(const SqlRow&)>& row);

}  // namespace minidock::engine
