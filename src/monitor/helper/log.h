// The json-file log: {"log":"text\n","stream":"stdout","time":"2026-01-02T03:04:05.000000006Z"} a line.
// Opened at the first byte. Lines longer than the buffer come out in parts without a newline, as docker's do.
// A full disk loses log lines, never the container's output: failures are counted, not waited for.
#pragma once

#include <stdint.h>

#include "base/fd.h"

namespace minidock::monitor {

class Log {
 public:
  explicit Log(const char* path) : path_(path) {}
  void write(bool error_stream, const char* data, uint32_t size);
  void finish();  // what is left without a newline

 private:
  static constexpr uint32_t kPart = 16384;
  struct Partial {
    char data[kPart];
    uint32_t size = 0;
  };
  void emit(bool error_stream, const char* data, uint32_t size);
  void flush();

  const char* path_;
  Fd fd_;
  Partial partial_[2];
  char out_[65536];
  uint32_t out_size_ = 0;
  uint64_t lost_ = 0;  // bytes that the disk did not take
};

}  // namespace minidock::monitor
