// The archive as it is handed in: bytes of a borrowed descriptor, counted, with a head that can be looked at
// before it is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oci/digest.h"
#include "store/store.h"

namespace minidock::store {

// A part of a regular file, from its beginning.
struct FileRange {
  uint64_t offset = 0, size = 0;
};

class Input {
 public:
  // `fd` is borrowed and read from where it stands, or within `range` alone, which its place does not matter to.
  // `progress` may be empty.
  Input(int fd, Progress progress, std::optional<FileRange> range = std::nullopt);

  // Up to `size` first bytes of what is left; fewer only at the end of the file. The view lives until the next call.
  std::string_view peek(size_t size);

  // What comes next, as it comes: at least one byte, or empty at the end. The view lives until the next call.
  std::string_view next();

  // Next bytes into the caller's buffer: 0 at the end.
  size_t read(char* buffer, size_t size);

  // Bytes that next() and read() have given out.
  uint64_t consumed() const { return consumed_; }

  // From now on `hasher` gets what is given out; borrowed.
  void watch(oci::Hasher& hasher) { hasher_ = &hasher; }

 private:
  size_t fill(size_t at_least);
  size_t read_source(char* buffer, size_t size);
  void count(std::string_view bytes);

  int fd_;
  Progress progress_;
  std::optional<FileRange> left_;  // of the range
  oci::Hasher* hasher_ = nullptr;
  uint64_t total_ = 0;  // 0: not a regular file
  uint64_t consumed_ = 0;
  std::vector<char> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace minidock::store
