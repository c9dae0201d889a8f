// The container's log: lines of both streams, in one of two formats, in files of bounded size.
//
// Opened at the first byte. Lines longer than kLogPart come out in parts, as docker's do. A full disk loses log lines,
// never the container's output: what it does not take is counted, not waited for.
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/fd.h"
#include "monitor/log_record.h"

namespace minidock::monitor {

class Log {
 public:
  Log(const char* path, const LogSettings& settings) : path_(path), settings_(settings) {}
  void write(bool error_stream, const char* data, uint32_t size);
  void finish();                         // what is left without a newline
  void forget_file() { fd_.release(); }  // in another process: opened anew at the next byte
  // The child that compresses the file before; it tells whether `pid` was it.
  bool compressor_ended(pid_t pid, int status);
  pid_t compressor() const { return compressor_; }

 private:
  struct Partial {
    char data[kLogPart];
    uint32_t size = 0;
  };
  void emit(bool error_stream, const char* data, uint32_t size);
  void emit_json(bool error_stream, const char* data, uint32_t size);
  void emit_local(bool error_stream, const char* data, uint32_t size);
  void append(const void* data, uint32_t size);
  void flush();
  bool open_file();
  // log_rotation.cc
  void rotate();
  void start_compressor();

  const char* path_;
  LogSettings settings_;
  Fd fd_;
  Partial partial_[2];
  char out_[65536];
  uint32_t out_size_ = 0;
  uint64_t file_size_ = 0;
  uint64_t lost_ = 0;         // bytes that the disk did not take
  pid_t compressor_ = 0;      // 0: none
  int compressed_index_ = 0;  // N of the PATH.N that it reads, by now
};

}  // namespace minidock::monitor
