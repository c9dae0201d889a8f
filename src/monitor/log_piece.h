// One file of a log, in either format, read from either end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.h"
#include "monitor/log_line.h"
#include "monitor/log_record.h"

namespace minidock::monitor {

class LogPiece {
 public:
  LogPiece(Fd fd, LogFormat format) : fd_(std::move(fd)), format_(format) {}

  // Moves to where the last `count` lines begin; tells how many of them there are. Text after the last newline is one.
  uint64_t skip_to_last(uint64_t count);
  // The next line; nullopt at the present end: call again when more was written. What is no line is passed over.
  std::optional<LogLine> next();
  int fd() const { return fd_.get(); }

 private:
  uint64_t skip_json(uint64_t count);
  uint64_t skip_local(uint64_t count);
  std::optional<LogLine> next_json();
  std::optional<LogLine> next_local();
  bool fill();  // more of the file into the buffer; false at its present end
  int64_t size() const;

  Fd fd_;
  LogFormat format_;
  int64_t offset_ = 0;  // of the first byte not yet in buffer_
  std::string buffer_;
  size_t taken_ = 0;     // bytes of buffer_ handed out
  size_t searched_ = 0;  // bytes of buffer_ that hold no newline, from taken_ on
};

}  // namespace minidock::monitor
