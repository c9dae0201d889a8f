// A container's log as `logs` shows it: all its files, oldest first, and on as more is written and files are rotated.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "linux/journal.h"
#include "monitor/log_piece.h"

namespace minidock::monitor {

class LogReader {
 public:
  // Files that are not there yet are looked for again by next().
  LogReader(std::string path, LogFormat format);
  // Entries as the log driver journald makes them.
  explicit LogReader(linux::Journal journal) : format_(LogFormat::journal), journal_(std::move(journal)) {}

  // From here on only what is now the last `count` lines, and what follows.
  void skip_to_last(uint64_t count);
  // nullopt at the present end: call again when more was written.
  std::optional<LogLine> next();
  // What was written last may be some moments on its way: another process takes it down.
  bool comes_late() const { return journal_.has_value(); }

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

  std::optional<LogLine> next_entry();
  void skip_to_last_entries(uint64_t count);

  std::string path_;
  LogFormat format_;
  std::optional<linux::Journal> journal_;  // then nothing of what follows is used
  std::deque<File> files_;                 // after the current one, oldest first
  std::optional<LogPiece> current_;
  Nanoseconds last_ = INT64_MIN;  // time of the last line handed out
  bool seeks_ = false;            // lines up to last_ were handed out from another file
};

// What an entry of the journal says.
LogLine line_of(const linux::JournalEntry& entry);

// zlib's gzip of `input` to `output`, from and to descriptors. Throws what read(2) and write(2) report.
void compress_log(int input, int output);

}  // namespace minidock::monitor
