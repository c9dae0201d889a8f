#include "store/database.h"

#include <fcntl.h>
#include <time.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace minidock::store {

namespace {
// Space that a writer may need without growing a file: a commit that only deletes then needs no new block.
constexpr int kChunkBytes = 64 << 10;
constexpr off_t kDurableJournalBytes = 1 << 20, kVolatileJournalBytes = 64 << 10;
constexpr int kBusyLimit = 30'000;  // ms

ErrorKind kind_of_result(sqlite3* database, int result) {
  switch (result & 0xff) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return ErrorKind::exhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorKind::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorKind::in_use;
    case SQLITE_CONSTRAINT:
      return ErrorKind::conflict;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return ErrorKind::permission;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN: {
      const int error_number = sqlite3_system_errno(database);
      return error_number != 0 ? kind_of_errno(error_number) : ErrorKind::internal;
    }
    default:
      return ErrorKind::internal;
  }
}

[[noreturn]] void throw_sqlite(sqlite3* database, int result) {
  const ErrorKind kind = kind_of_result(database, result);
  const char* file = sqlite3_db_filename(database, "main");
  std::string message = cat("use database ", file == nullptr ? "" : file, ": ", sqlite3_errmsg(database));
  if (kind == ErrorKind::corrupt) message += "; see 'minidock system check'";
  throw Error(kind, message, sqlite3_system_errno(database));
}

// Sleeps 0.1 ms, 0.2 ms … 6.4 ms between tries: a commit that stands in the way takes a few milliseconds.
int wait_for_commit(void* start, int tries) {
  auto* waited = static_cast<int64_t*>(start);
  if (tries == 0) *waited = 0;
  const int64_t microseconds = 100 << std::min(tries, 6);
  if (*waited > int64_t{kBusyLimit} * 1000) return 0;
  *waited += microseconds;
  const timespec pause = {0, microseconds * 1000};
  nanosleep(&pause, nullptr);
  return 1;
}
thread_local int64_t waited_microseconds = 0;
}  // namespace

Statement::Statement(sqlite3* database, std::string_view sql) : database_(database) {
  const int result = sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr);
  if (result != SQLITE_OK) throw_sqlite(database, result);
}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

Statement& Statement::bind(int parameter, std::string_view text) {
  const int result = sqlite3_bind_text64(statement_, parameter, text.data() == nullptr ? "" : text.data(), text.size(),
                                         SQLITE_TRANSIENT, SQLITE_UTF8);
  if (result != SQLITE_OK) throw_sqlite(database_, result);
  return *this;
}

Statement& Statement::bind(int parameter, int64_t number) {
  const int result = sqlite3_bind_int64(statement_, parameter, number);
  if (result != SQLITE_OK) throw_sqlite(database_, result);
  return *this;
}

bool Statement::step() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) throw_sqlite(database_, result);
  // Reset at once: a statement at rest holds no lock on the file.
  sqlite3_reset(statement_);
  return false;
}

void Statement::run() {
  while (step()) {
  }
}

std::string Statement::text(int column) const {
  const unsigned char* bytes = sqlite3_column_text(statement_, column);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes), static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_, column);
}

Database::Database(const std::string& path, const std::string& lock_path, const Schema& schema, int flags)
    : path_(path), lock_path_(lock_path), schema_(schema) {
  sqlite3* handle = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(handle);
  if (handle == nullptr) throw_error(ErrorKind::exhausted, "open database ", path, ": out of memory");
  if (result != SQLITE_OK) {
    const int error_number = sqlite3_system_errno(handle);
    throw_errno_message(error_number != 0 ? error_number : EIO, cat("open database ", path));
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_handler(handle, wait_for_commit, &waited_microseconds);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
  // security: the file is data; nothing in its schema may call functions with side effects.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
}

Database Database::open(const std::string& path, const std::string& lock_path, const Schema& schema) {
  Database database(path, lock_path, schema, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  database.ensure_schema();
  return database;
}

std::optional<Database> Database::find(const std::string& path, const std::string& lock_path, const Schema& schema) {
  if (!exists_at(AT_FDCWD, path)) return std::nullopt;
  return open(path, lock_path, schema);
}

Statement Database::prepare(std::string_view sql) {
  return {handle_.get(), sql};
}

void Database::run(std::string_view sql) {
  const int result = sqlite3_exec(handle_.get(), std::string(sql).c_str(), nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) throw_sqlite(handle_.get(), result);
}

int64_t Database::changes() const {
  return sqlite3_changes64(handle_.get());
}

int Database::user_version() {
  Statement query = prepare("PRAGMA user_version");
  query.step();
  return static_cast<int>(query.number(0));
}

void Database::refuse_version(int version) const {
  if (version > schema_.version) {
    throw_error(ErrorKind::unsupported, "open database ", path_, ": it has format ", version,
                ", and this minidock knows formats up to ", schema_.version,
                ": a newer minidock has made or changed it; use that one, or another store by --root and --run-root");
  }
  if (version != 0 && static_cast<size_t>(schema_.version - 1) > schema_.changes.size()) {
    throw_error(ErrorKind::unsupported, "open database ", path_, ": it has format ", version,
                ", and this minidock knows no way from there to format ", schema_.version,
                "; use the version of minidock that made it");
  }
}

void Database::ensure_schema() {
  int version = user_version();
  if (version == schema_.version) return;
  refuse_version(version);
  Transaction transaction(*this);
  version = user_version();  // race: another process may have made or changed it while we waited for the lock
  if (version == schema_.version) return;
  refuse_version(version);
  if (version == 0) {
    run(schema_.sql);
  } else {
    for (int step = version; step < schema_.version; ++step) run(schema_.changes[static_cast<size_t>(step) - 1]);
  }
  run(cat("PRAGMA user_version = ", schema_.version));
  transaction.commit();
  // Again: SQLite takes a journal beside an empty database for a remnant and deletes it.
  if (version == 0) preallocate();
}

// Grows the rollback journal. Its first byte stays zero, so that no reader takes it for a hot one
// (https://www.sqlite.org/fileformat2.html section 3), and PERSIST does not shrink it. Looked at by every writer,
// because a reader that rolls back after a crash deletes it.
void Database::preallocate() {
  const off_t wanted = schema_.durability == Durability::power_loss ? kDurableJournalBytes : kVolatileJournalBytes;
  const Fd journal = open_file(AT_FDCWD, path_ + "-journal", O_RDWR | O_CREAT, 0600);
  struct stat info;
  if (fstat(journal.get(), &info) != 0) throw_errno("stat ", path_, "-journal");
  if (info.st_size >= wanted) return;
  // kernel: plain fallocate would leave unwritten extents, whose conversion may need a block of its own.
  const std::string zeros(static_cast<size_t>(wanted - info.st_size), '\0');
  for (size_t done = 0; done < zeros.size();) {
    const ssize_t put =
        pwrite(journal.get(), zeros.data() + done, zeros.size() - done, info.st_size + static_cast<off_t>(done));
    if (put < 0) return;  // a disk as good as full: we do without
    done += static_cast<size_t>(put);
  }
}

void Database::prepare_for_writing() {
  run("PRAGMA journal_mode = PERSIST; PRAGMA secure_delete = OFF");
  run(schema_.durability == Durability::power_loss
          ? "PRAGMA synchronous = EXTRA; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0"
          : "PRAGMA synchronous = OFF");
  int chunk = kChunkBytes;
  sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk);
  preallocate();
}

void Database::lock_writers() {
  if (!lock_) lock_ = open_file(AT_FDCWD, lock_path_, O_RDWR | O_CREAT, 0600);
  struct flock request = {};
  request.l_type = F_WRLCK;
  request.l_whence = SEEK_SET;
  request.l_len = 1;
  while (fcntl(lock_.get(), F_OFD_SETLKW, &request) != 0) {
    if (errno != EINTR) throw_errno("lock ", lock_path_);
  }
}

void Database::unlock_writers() {
  struct flock request = {};
  request.l_type = F_UNLCK;
  request.l_whence = SEEK_SET;
  request.l_len = 1;
  fcntl(lock_.get(), F_OFD_SETLK, &request);
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.lock_writers();
  try {
    if (!std::exchange(database_.writable_, true)) database_.prepare_for_writing();
    database_.run("BEGIN IMMEDIATE");
  } catch (...) {
    database_.unlock_writers();
    throw;
  }
}

Transaction::~Transaction() {
  // SQLite has rolled back by itself after some errors; then this fails, and that is fine.
  if (!committed_) sqlite3_exec(database_.handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  database_.unlock_writers();
}

void Transaction::commit() {
  database_.run("COMMIT");
  committed_ = true;
}

}  // namespace minidock::store
