#include "store/archive/report.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "base/file.h"
#include "base/text.h"

namespace minidock::store {

namespace {

constexpr uint32_t kMagic = 0x6d64'7231;

struct Record {
  uint32_t magic;
  uint32_t failed;
  int32_t kind;
  int32_t error_number;
  uint64_t content_bytes;
  uint64_t entries;
  int64_t newest_mtime;
  char message[6 << 10];   // a path of 4,095 bytes fits
  char warnings[8 << 10];  // one a line
};
static_assert(std::is_trivially_copyable_v<Record>);

void put(char* field, size_t size, std::string_view text) {
  text = text.substr(0, size - 1);
  std::memcpy(field, text.data(), text.size());
}

std::string take(const char* field, size_t size) {
  return {field, strnlen(field, size)};
}

Error take_error(const Record& record) {
  if (record.kind < 0 || record.kind > static_cast<int>(ErrorKind::internal)) {
    throw_error(ErrorKind::internal, "the unpacker reported an error of no known kind");
  }
  return {static_cast<ErrorKind>(record.kind), printable(take(record.message, sizeof record.message)),
          record.error_number};
}

}  // namespace

void write_report(int fd, const Report& report) {
  Record record = {};
  record.magic = kMagic;
  record.content_bytes = report.content_bytes;
  record.entries = report.entries;
  record.newest_mtime = report.newest_mtime;
  if (report.failure) {
    record.failed = 1;
    record.kind = static_cast<int32_t>(report.failure->kind());
    record.error_number = report.failure->error_number();
    put(record.message, sizeof record.message, report.failure->what());
  }
  put(record.warnings, sizeof record.warnings, join(report.warnings, "\n"));
  write_all(fd, {reinterpret_cast<const char*>(&record), sizeof record});
}

namespace {
// nullopt: the writer ended without a whole record.
std::optional<Report> read_report(int fd) {
  Record record;
  size_t have = 0;
  while (have < sizeof record) {
    const size_t got = read_some(fd, reinterpret_cast<char*>(&record) + have, sizeof record - have);
    if (got == 0) return std::nullopt;
    have += got;
  }
  if (record.magic != kMagic) throw_error(ErrorKind::internal, "the unpacker's report is not readable");
  Report report;
  report.content_bytes = record.content_bytes;
  report.entries = record.entries;
  report.newest_mtime = record.newest_mtime;
  if (record.failed != 0) report.failure = take_error(record);
  const std::string warnings = take(record.warnings, sizeof record.warnings);
  if (!warnings.empty()) {
    for (const std::string& line : split(warnings, '\n')) report.warnings.push_back(printable(line));
  }
  return report;
}
}  // namespace

Report await_report(int fd, JailedChild& child) {
  std::optional<Report> report = read_report(fd);
  const std::string end = child.wait();
  if (report && report->failure) throw *report->failure;
  if (report) return *std::move(report);
  // libarchive ends the process where it has no memory for a string: archive_string.c, __archive_errx(1, …). Our own
  // code has reported when it ends.
  if (end == "exited with status 1") throw_error(ErrorKind::exhausted, kNoMemory);
  throw_error(ErrorKind::corrupt, "the archive's reader ended without a result (", end.empty() ? "no status" : end,
              "): the archive may be made to break it");
}

}  // namespace minidock::store
