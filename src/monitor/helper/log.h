// The container's log: lines of both streams, in one of two formats, in files of bounded size; or entries of systemd's
// journal (log_journal.cc).
//
// Opened at the first byte. Lines longer than kLogPart come out in parts, as docker's do. A full disk loses log lines,
// never the container's output: what it does not take is counted, not waited for.
#pragma once

#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/fd.h"
#include "monitor/log_record.h"

namespace minidock::monitor {

// What each line gets besides: JSON for "attrs", or the journal's fields. Borrowed.
struct LogExtra {
  const char* data = "";
  uint32_t size = 0;
};

class Log {
 public:
  Log(const char* path, const LogSettings& settings, LogExtra extra)
      : path_(path), settings_(settings), extra_(extra) {}
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
    uint32_t ordinal = 0;  // of its parts, those that have gone to the journal
    int64_t id = 0;        // that these parts have in common
  };
  void emit(bool error_stream, const char* data, uint32_t size);
  void emit_json(bool error_stream, const char* data, uint32_t size);
  void emit_local(bool error_stream, const char* data, uint32_t size);
  void emit_journal(bool error_stream, const char* data, uint32_t size);
  bool try_send(const iovec* parts, int count);
  void send(const iovec* parts, int count, uint32_t size);  // `size`: what is lost where it cannot be sent
  void append(const void* data, uint32_t size);
  void append_extra();
  void flush();
  bool open_file();
  // log_rotation.cc
  void rotate();
  void start_compressor();

  const char* path_;
  LogSettings settings_;
  LogExtra extra_;
  bool finishing_ = false;  // no more will come
  bool stuck_ = false;      // the journal took nothing, for as long as that is waited for
  Fd fd_;                   // the file, or a socket
  Partial partial_[2];
  char out_[65536];
  uint32_t out_size_ = 0;
  uint64_t file_size_ = 0;
  uint64_t lost_ = 0;         // bytes that the disk or the journal did not take
  pid_t compressor_ = 0;      // 0: none
  int compressed_index_ = 0;  // N of the PATH.N that it reads, by now
};

}  // namespace minidock::monitor
