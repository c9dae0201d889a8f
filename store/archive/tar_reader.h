// A tar, entry by entry, as it comes: libarchive's reader with the tar format alone, and stricter than it.
// Runs in the jail (see jail.h).
//
// libarchive carries on after ARCHIVE_RETRY and ARCHIVE_WARN with what it could make of a damaged header; two
// readers of one archive could then see two trees. Here both end the reading. The one warning passed over says that
// a name is not valid in the character set: names are bytes to us.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/archive/entry.h"

struct archive;

namespace minidock::store {

class TarReader {
 public:
  // Gives the next bytes, 0 at the end; may throw Error.
  using Source = std::function<size_t(char* buffer, size_t size)>;
  // The limits are borrowed.
  TarReader(Source source, const UnpackLimits& limits);
  // From a borrowed descriptor. `seeking`: the file is a regular one, and the data that nobody reads is not read here
  // either.
  TarReader(int fd, const UnpackLimits& limits, bool seeking = false);
  ~TarReader();
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;

  // The next entry, checked, or nullopt at the end of the archive. Throws corrupt, invalid or exhausted, naming
  // the entry or the one before the damage.
  std::optional<Entry> next();

  // The next piece of the data of a file, in order of offsets; what lies between pieces is a hole.
  struct Block {
    uint64_t offset = 0;     // of the file
    uint64_t position = 0;   // of the archive: where these bytes are in it
    std::string_view bytes;  // valid until the next call
  };
  std::optional<Block> next_block();  // throws corrupt, without the name of the entry

  // Of the file that next() has returned: where in the tar its data begins, and whether it has holes and so is not
  // there as it is.
  uint64_t data_offset() const;
  bool is_sparse() const;

  // After the last entry: whether the archive said that it ends there (one zero block is enough).
  bool has_end_mark() const { return has_end_mark_; }
  // Reads what is behind the end, so that the writer of the pipe never sees it closed after a success.
  void drain();

 private:
  struct State;
  TarReader(std::unique_ptr<State> state, const UnpackLimits& limits, bool seeking);
  std::unique_ptr<State> state_;
  const UnpackLimits& limits_;
  std::string last_name_;
  uint64_t entries_ = 0;
  bool has_end_mark_ = false;

  [[noreturn]] void fail_header();
};

}  // namespace minidock::store
