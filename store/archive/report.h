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
#include "store/archive/jail.h"

namespace minidock::store {

constexpr const char* kNoMemory = "the archive needs more memory than its reader may have";

struct Report {
  std::optional<Error> failure;
  uint64_t content_bytes = 0;
  uint64_t entries = 0;
  Nanoseconds newest_mtime = 0;
  std::vector<std::string> warnings;
};

void write_report(int fd, const Report& report);  // texts are cut to what the record holds
// Waits for the end of the child that writes to the pipe. Throws the failure that it reports; internal for a record
// that makes no sense, exhausted or corrupt where there is none.
Report await_report(int fd, JailedChild& child);

}  // namespace minidock::store
