// Writes a tar, byte for byte the same for the same entries: ustar headers, and pax records only for what these cannot
// hold. Names are bytes: they are written as they are.
// Source: POSIX.1-2017 pax, "ustar Interchange Format" and "pax Extended Header"; SCHILY.xattr as star and GNU tar have
// it; GNU tar manual, "PAX Format, Version 1.0" of sparse files.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "store/archive/entry.h"

namespace minidock::store {

// A part of a file that is no hole.
struct FilePiece {
  uint64_t offset = 0, size = 0;
};

// Takes the next bytes of the archive; may throw.
using TarSink = std::function<void(std::string_view)>;

class TarWriter {
 public:
  explicit TarWriter(TarSink sink);

  // The header. Of a file `entry.size` bytes follow by write(); of other types nothing does.
  void add(const Entry& entry);
  // Of a file with holes: only its pieces, in their order, follow by write().
  void add_sparse(const Entry& entry, const std::vector<FilePiece>& pieces);
  void write(std::string_view bytes);
  // Zeros in the place of what the last file lacks; then its padding. Called by add() and finish() too.
  void end_file();
  void finish();  // the end-of-archive blocks, and what is buffered

  uint64_t bytes() const { return bytes_; }
  uint64_t entries() const { return entries_; }

 private:
  void put(std::string_view bytes);
  void put_zeros(uint64_t count);
  void put_header(const Entry& entry, const std::string& records);
  void put_record(const Entry& entry, const std::string& records);

  TarSink sink_;
  std::string buffer_;
  uint64_t bytes_ = 0, entries_ = 0;
  uint64_t file_left_ = 0, file_padding_ = 0;
};

}  // namespace minidock::store
