// What the store writes of a layer once and reads seldom: its index, its tree. Kept as one zstd frame with a checksum
// (RFC 8878), a fifth of their text; what an older minidock left plain is read as it is. Which bytes a frame has is the
// library's business, and may change with its version: two files say the same if their contents do.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "oci/digest.h"

namespace minidock::store {

class PackedWriter {
 public:
  // `fd` is borrowed: an empty file. What fails is told as "write WHAT: …".
  PackedWriter(int fd, std::string what);
  ~PackedWriter();

  void write(std::string_view bytes);  // best by tens of KiB
  void finish();                       // the frame's end, once; without it the file reads as cut short

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class PackedReader {
 public:
  explicit PackedReader(int fd);  // borrowed, read from where it stands to its end
  ~PackedReader();

  // Next bytes of the content: 0 at the end, and then nothing follows and the sum is right. Throws corrupt.
  size_t read(char* buffer, size_t size);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// SHA-256 of the content. Throws corrupt.
oci::Digest hash_content(int fd);

}  // namespace minidock::store
