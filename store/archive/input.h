// The archive as it is handed in: bytes of a borrowed descriptor, counted, with a head that can be looked at
// before it is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace minidock::store {

class Input {
 public:
  // `fd` is borrowed and read from where it stands. `progress` may be empty.
  Input(int fd, Progress progress);

  // Up to `size` first bytes of what is left; fewer only at the end of the file. The view lives until the next call.
  std::string_view peek(size_t size);

  // What comes next, as it comes: at least one byte, or empty at the end. The view lives until the next call.
  std::string_view next();

  // Next bytes into the caller's buffer: 0 at the end.
  size_t read(char* buffer, size_t size);

  // Bytes that next() and read() have given out.
  uint64_t consumed() const { return consumed_; }

 private:
  size_t fill(size_t at_least);
  void count(size_t bytes);

  int fd_;
  Progress progress_;
  uint64_t total_ = 0;  // 0: not a regular file
  uint64_t consumed_ = 0;
  std::vector<char> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace minidock::store
