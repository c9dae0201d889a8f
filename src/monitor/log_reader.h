// A container's log as `logs` shows it: all its files, oldest first, and on as more is written and files are rotated.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "monitor/log_piece.h"

namespace minidock::monitor {

class LogReader {
 public:
  // Files that are not there yet are looked for again by next().
  LogReader(std::string path, LogFormat format);

  // From here on only what is now the last `count` lines, and what follows.
  void skip_to_last(uint64_t count);
  // nullopt at the present end: call again when more was written.
  std::optional<LogLine> next();

 private:
  struct File {
    int index;        // N of PATH.N; 0: the log itself
    bool compressed;  // to be unpacked when its turn comes
    Fd fd;
  };
  void open_files();
  bool try_open_files(bool as_they_are);  // false: they were on the move
  int oldest_index() const;
  LogPiece piece_of(File file) const;
  bool has_next() const;          // a file after the current one
  void go_on();                   // to it
  std::optional<LogLine> take();  // of the current one

  std::string path_;
  LogFormat format_;
  std::deque<File> files_;  // after the current one, oldest first
  std::optional<LogPiece> current_;
  Nanoseconds last_ = INT64_MIN;  // time of the last line handed out
  bool seeks_ = false;            // lines up to last_ were handed out from another file
};

// zlib's gzip of `input` to `output`, from and to descriptors. Throws what read(2) and write(2) report.
void compress_log(int input, int output);

}  // namespace minidock::monitor
