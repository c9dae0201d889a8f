#include "store/select.h"

#include "base/error.h"
#include "base/text.h"

namespace minidock::store {

namespace {

constexpr int64_t kMostMemory = 512 << 20;  // a statement that asks for more is wrong

// security: whatever is not listed is refused: writes, ATTACH, PRAGMA, functions that load code.
int authorize(void* read, int action, const char* first, const char* second, const char*, const char*) {
  switch (action) {
    case SQLITE_READ:
      static_cast<std::set<std::string>*>(read)->insert(first);
      return SQLITE_OK;
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_FUNCTION:
      return second != nullptr && lower(second) == "load_extension" ? SQLITE_DENY : SQLITE_OK;
    default:
      return SQLITE_DENY;
  }
}

[[noreturn]] void refuse(const char* why) {
  throw_error(ErrorKind::invalid, "sql: only SELECT is answered, over the views that 'minidock sql' lists (", why, ")");
}

SqlValue value_of(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
      return {};
    case SQLITE_INTEGER:
      return sqlite3_column_int64(statement, column);
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    default: {
      const auto* text = static_cast<const char*>(sqlite3_column_blob(statement, column));
      const auto size = static_cast<size_t>(sqlite3_column_bytes(statement, column));
      return text == nullptr ? std::string() : std::string(text, size);
    }
  }
}

void bind(sqlite3_stmt* statement, int parameter, const SqlValue& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) sqlite3_bind_int64(statement, parameter, *number);
  if (const auto* real = std::get_if<double>(&value)) sqlite3_bind_double(statement, parameter, *real);
  if (const auto* text = std::get_if<std::string>(&value)) {
    sqlite3_bind_text64(statement, parameter, text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
}

}  // namespace

SelectDatabase::SelectDatabase(std::string_view schema) {
  sqlite3* handle = nullptr;
  const int result = sqlite3_open_v2(":memory:", &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(handle);
  if (result != SQLITE_OK) throw_error(ErrorKind::exhausted, "sql: out of memory");
  sqlite3_hard_heap_limit64(kMostMemory);
  sqlite3_extended_result_codes(handle, 1);
  const std::string setup = cat("PRAGMA temp_store = MEMORY;", schema);
  if (const int made = sqlite3_exec(handle, setup.c_str(), nullptr, nullptr, nullptr); made != SQLITE_OK) fail(made);
}

void SelectDatabase::fail(int result) const {
  const char* text = sqlite3_errmsg(database_.get());
  if ((result & 0xff) == SQLITE_AUTH) refuse(text);
  if ((result & 0xff) == SQLITE_NOMEM) {
    throw_error(ErrorKind::exhausted, "sql: the statement takes more than ", human_bytes(kMostMemory), " of memory");
  }
  throw_error(ErrorKind::invalid, "sql: ", text);
}

SelectDatabase::Prepared SelectDatabase::prepare_select(std::string_view select) {
  read_.clear();
  sqlite3_set_authorizer(database_.get(), authorize, &read_);
  sqlite3_stmt* handle = nullptr;
  const char* rest = nullptr;
  const int result =
      sqlite3_prepare_v2(database_.get(), select.data(), static_cast<int>(select.size()), &handle, &rest);
  Prepared statement(handle);
  if (result != SQLITE_OK) fail(result);
  if (!statement) throw_error(ErrorKind::invalid, "sql: there is no statement in it");
  // REINDEX and VACUUM ask no authorizer.
  if (sqlite3_column_count(handle) == 0 || sqlite3_stmt_readonly(handle) == 0) refuse("it gives no rows");
  // Comments behind it make no second one.
  const std::string_view behind = select.substr(static_cast<size_t>(rest - select.data()));
  sqlite3_stmt* second = nullptr;
  const int more =
      sqlite3_prepare_v2(database_.get(), behind.data(), static_cast<int>(behind.size()), &second, nullptr);
  const Prepared other(second);
  if (more != SQLITE_OK || other) throw_error(ErrorKind::invalid, "sql: one statement at a time");
  return statement;
}

std::set<std::string> SelectDatabase::tables_of(std::string_view select) {
  prepare_select(select);
  sqlite3_set_authorizer(database_.get(), nullptr, nullptr);
  return read_;
}

void SelectDatabase::insert(const std::string& table, const SqlRow& row) {
  std::string places;
  for (size_t i = 0; i < row.size(); ++i) places += i == 0 ? "?" : ", ?";
  const std::string text = cat("INSERT INTO ", table, " VALUES (", places, ")");
  sqlite3_stmt* handle = nullptr;
  int result = sqlite3_prepare_v2(database_.get(), text.c_str(), -1, &handle, nullptr);
  const Prepared statement(handle);
  if (result != SQLITE_OK) fail(result);
  for (size_t i = 0; i < row.size(); ++i) bind(handle, static_cast<int>(i) + 1, row[i]);
  result = sqlite3_step(handle);
  if (result != SQLITE_DONE) fail(result);
}

void SelectDatabase::run(std::string_view select, const std::function<void(const std::vector<std::string>&)>& columns,
                         const std::function<void(const SqlRow&)>& row) {
  const Prepared statement = prepare_select(select);
  std::vector<std::string> names;
  const int count = sqlite3_column_count(statement.get());
  for (int i = 0; i < count; ++i) names.emplace_back(sqlite3_column_name(statement.get(), i));
  columns(names);
  int result = SQLITE_ROW;
  while ((result = sqlite3_step(statement.get())) == SQLITE_ROW) {
    SqlRow values;
    for (int i = 0; i < count; ++i) values.push_back(value_of(statement.get(), i));
    row(values);
  }
  if (result != SQLITE_DONE) fail(result);
}

}  // namespace minidock::store
