// A file that is read by one process while another still writes it. The writer tells by a pipe how far it is, so the
// bytes themselves go through no pipe: they are copied once less.
//
//   writer: the file's bytes, then its length so far, as 8 bytes of the host's order, into the pipe; closed at the end
#pragma once

#include <cstddef>
#include <cstdint>

namespace minidock::store {

// False if nobody reads any more. With SIGPIPE blocked (pipe.h).
bool try_tell_length(int pipe, uint64_t length);

class GrowingFile {
 public:
  // Both borrowed: the file, readable, and the pipe's end.
  GrowingFile(int file, int lengths) : file_(file), lengths_(lengths) {}

  // Next bytes, waiting for them; 0 at the end.
  size_t read(char* buffer, size_t size);

 private:
  bool await_more();

  int file_, lengths_;
  uint64_t there_ = 0, read_ = 0;
};

}  // namespace minidock::store
