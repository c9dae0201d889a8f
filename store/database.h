// Owners over the sqlite3 C interface (https://www.sqlite.org/c3ref): a connection, a statement, a transaction.
//
// Locking: writers of one database queue on a lock file of their own before BEGIN IMMEDIATE, so none of them ever
// polls; what is left for SQLite's busy handler is a reader that meets a commit, milliseconds at most.
// Errors: exhausted (disk full), corrupt (damaged file), in_use (locked beyond the time-out), conflict (a constraint),
// permission (read-only), else internal; the message names the file.
// Never fork with an open Database, and never open the database file by another descriptor: closing that would
// drop SQLite's POSIX locks (https://www.sqlite.org/howtocorrupt.html section 2.2).
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace minidock::store {

// What a database withstands. Both keep a rollback journal in a file (journal_mode=PERSIST; MEMORY would leave a torn
// database behind a killed writer), preallocated so that deleting works on a full disk.
enum class Durability {
  power_loss,    // synchronous=EXTRA
  process_death  // synchronous=OFF: no fsync; whole after kill -9, discarded at a reboot
};

// A prepared statement. Parameters are numbered from 1, columns from 0.
class Statement {
 public:
  Statement(sqlite3* database, std::string_view sql);
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  Statement& bind(int parameter, std::string_view text);  // copied
  Statement& bind(int parameter, int64_t number);
  bool step();  // true: a row is there
  void run();   // steps to the end
  std::string text(int column) const;
  int64_t number(int column) const;

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
};

class Database {
 public:
  struct Schema {
    std::string_view sql;
    int version = 0;  // user_version; a file of a later version is refused as unsupported
    Durability durability = Durability::power_loss;
    // What makes version N + 2 of version N + 1, by N: one transaction changes all, so an older file is found as it was
    // or as it is to be, whenever the power goes.
    std::vector<std::string_view> changes = {};
  };

  // `path` is absolute. A missing file is created with the schema; `lock_path` names the writers' lock file.
  static Database open(const std::string& path, const std::string& lock_path, const Schema& schema);
  // nullopt where the file does not exist; nothing is created.
  static std::optional<Database> find(const std::string& path, const std::string& lock_path, const Schema& schema);

  Statement prepare(std::string_view sql);
  void run(std::string_view sql);  // statements without result, separated by semicolons
  int64_t changes() const;         // rows touched by the last INSERT, UPDATE or DELETE

 private:
  friend class Transaction;
  struct Closer {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
  };
  Database(const std::string& path, const std::string& lock_path, const Schema& schema, int flags);
  int user_version();
  void ensure_schema();
  void refuse_version(int version) const;  // one that we do not know the way from
  void preallocate();
  void prepare_for_writing();  // once: what only a writer needs
  void lock_writers();
  void unlock_writers();

  std::unique_ptr<sqlite3, Closer> handle_;
  std::string path_, lock_path_;
  Schema schema_;
  Fd lock_;
  bool writable_ = false;
};

// BEGIN IMMEDIATE behind the writers' lock, which is held until destruction: commit() then rename files while no other
// writer can look. Not committed: rolled back.
class Transaction {
 public:
  explicit Transaction(Database& database);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Database& database_;
  bool committed_ = false;
};

}  // namespace minidock::store
