// What the jailed child tells its parent in the end: one record of fixed size through a pipe.
// The parent trusts nothing in it: an unpacker that was taken over could have written it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace minidock::store {

struct Report {
  std::optional<Error> failure;
  uint64_t content_bytes = 0;
  uint64_t entries = 0;
  Nanoseconds newest_mtime = 0;
  bool lacks_whiteouts = false;  // they were left out: the layer lies on no other
  std::vector<std::string> warnings;
};

void write_report(int fd, const Report& report);  // texts are cut to what the record holds
// nullopt: the writer ended without a whole record. Throws internal for one that makes no sense.
std::optional<Report> read_report(int fd);

}  // namespace minidock::store
