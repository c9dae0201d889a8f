// A SELECT over tables in memory (https://www.sqlite.org/c3ref/set_authorizer.html): what a person may ask of the
// state, without a lock on it however long it takes, and without a way to change anything.
//
// Errors: invalid, with SQLite's text, for what is not one SELECT or fails; exhausted beyond the bound of memory.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace minidock::store {

using SqlValue = std::variant<std::monostate, int64_t, double, std::string>;  // monostate: NULL
using SqlRow = std::vector<SqlValue>;

class SelectDatabase {
 public:
  explicit SelectDatabase(std::string_view schema);  // CREATE TABLE …; CREATE TABLE …
  // The tables that `select` reads, so that only those need be filled.
  std::set<std::string> tables_of(std::string_view select);
  void insert(const std::string& table, const SqlRow& row);
  // `columns` is called once, before the rows.
  void run(std::string_view select, const std::function<void(const std::vector<std::string>&)>& columns,
           const std::function<void(const SqlRow&)>& row);

 private:
  struct Closer {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using Prepared = std::unique_ptr<sqlite3_stmt, Closer>;
  Prepared prepare_select(std::string_view select);
  [[noreturn]] void fail(int result) const;

  std::unique_ptr<sqlite3, Closer> database_;
  std::set<std::string> read_;  // by the statement that was prepared last
};

}  // namespace minidock::store
