#include "store/archive/growing_file.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/file.h"
#include "store/archive/pipe.h"

namespace minidock::store {

// kernel: a write of no more than PIPE_BUF bytes is one, so records are never torn.
bool try_tell_length(int pipe, uint64_t length) {
  return try_write(pipe, {reinterpret_cast<const char*>(&length), sizeof length});
}

// Takes what the pipe holds; the last record is the one that counts.
bool GrowingFile::await_more() {
  char records[64 * sizeof there_];
  const size_t got = read_some(lengths_, records, sizeof records);
  if (got < sizeof there_) return false;
  std::memcpy(&there_, records + (got / sizeof there_ - 1) * sizeof there_, sizeof there_);
  return true;
}

size_t GrowingFile::read(char* buffer, size_t size) {
  while (read_ == there_) {
    if (!await_more()) return 0;
  }
  const size_t wanted = std::min<uint64_t>(size, there_ - read_);
  ssize_t got = -1;
  do {
    got = pread(file_, buffer, wanted, static_cast<off_t>(read_));
  } while (got < 0 && errno == EINTR);
  if (got < 0) throw_errno("read blob");
  if (got == 0) throw_error(ErrorKind::internal, "read blob: it is shorter than its writer said");
  read_ += static_cast<uint64_t>(got);
  return static_cast<size_t>(got);
}

}  // namespace minidock::store
