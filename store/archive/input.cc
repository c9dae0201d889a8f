#include "store/archive/input.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/file.h"

namespace minidock::store {

namespace {
constexpr size_t kBufferBytes = 256 << 10;
}

Input::Input(int fd, Progress progress, std::optional<FileRange> range)
    : fd_(fd), progress_(std::move(progress)), left_(range), buffer_(kBufferBytes) {
  struct stat info;
  if (range) {
    total_ = range->size;
  } else if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode))
    total_ = static_cast<uint64_t>(info.st_size);
  // Read-ahead doubles; a file system that does not know the advice may ignore it.
  posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
}

size_t Input::fill(size_t at_least) {
  if (begin_ > 0 && end_ - begin_ < at_least) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  while (end_ - begin_ < at_least) {
    const size_t got = read_source(buffer_.data() + end_, buffer_.size() - end_);
    if (got == 0) break;
    end_ += got;
  }
  return end_ - begin_;
}

std::string_view Input::peek(size_t size) {
  const size_t there = fill(std::min(size, buffer_.size()));
  return {buffer_.data() + begin_, std::min(size, there)};
}

std::string_view Input::next() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    fill(1);
  }
  const std::string_view bytes(buffer_.data() + begin_, end_ - begin_);
  begin_ = end_;
  count(bytes);
  return bytes;
}

size_t Input::read(char* buffer, size_t size) {
  size_t got = std::min(size, end_ - begin_);
  if (got > 0) {
    std::memcpy(buffer, buffer_.data() + begin_, got);
    begin_ += got;
  } else {
    got = read_source(buffer, size);
  }
  count({buffer, got});
  return got;
}

size_t Input::read_source(char* buffer, size_t size) {
  if (!left_) return read_some(fd_, buffer, size);
  size = std::min<uint64_t>(size, left_->size);
  if (size == 0) return 0;
  ssize_t got = -1;
  do {
    got = pread(fd_, buffer, size, static_cast<off_t>(left_->offset));
  } while (got < 0 && errno == EINTR);
  if (got < 0) throw_errno("read");
  if (got == 0) throw_error(ErrorKind::corrupt, "cut short; get the archive again");
  left_->offset += static_cast<uint64_t>(got);
  left_->size -= static_cast<uint64_t>(got);
  return static_cast<size_t>(got);
}

void Input::count(std::string_view bytes) {
  consumed_ += bytes.size();
  if (hasher_ != nullptr) hasher_->update(bytes);
  if (progress_ && !bytes.empty()) progress_(consumed_, total_);
}

}  // namespace minidock::store
