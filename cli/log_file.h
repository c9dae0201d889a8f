// Docker's json-file logs: one JSON object a line, {"log":"text\n","stream":"stdout","time":"RFC 3339"}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace minidock::cli {

struct LogLine {
  std::string text;       // with its newline, if it had one
  bool is_error = false;  // stderr
  std::string time;       // as written
};

// nullopt for what is not such a line (a write cut short by a full disk). Lone surrogates become U+FFFD.
std::optional<LogLine> parse_log_line(std::string_view json);

// Reads whole lines as they are appended.
class LogFile {
 public:
  explicit LogFile(Fd fd) : fd_(std::move(fd)) {}

  // Moves to where the last `count` lines begin.
  void skip_to_last(uint64_t count);
  // The next whole line; nullopt at the present end: call again when more was written.
  std::optional<std::string> next();

 private:
  Fd fd_;
  int64_t offset_ = 0;  // of the first byte not yet in buffer_
  std::string buffer_;
  size_t taken_ = 0;  // bytes of buffer_ handed out
};

}  // namespace minidock::cli
