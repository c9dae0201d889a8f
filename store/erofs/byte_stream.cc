#include "store/erofs/byte_stream.h"

#include "base/error.h"

namespace minidock::store::erofs {

namespace {
constexpr size_t kBuffer = 256 << 10;
}  // namespace

void ByteWriter::put(std::string_view bytes) {
  buffer_ += bytes;
  if (buffer_.size() >= kBuffer) flush();
}

void ByteWriter::flush() {
  sum_ = crc32c(sum_, buffer_);
  file_.write(buffer_);
  buffer_.clear();
}

void ByteWriter::finish() {
  flush();
  number(sum_);
  flush();
  file_.finish();
}

std::string_view ByteReader::take(size_t size) {
  if (buffer_.size() - begin_ < size) {
    buffer_.erase(0, begin_);
    begin_ = 0;
    while (buffer_.size() < size) {
      if (fill(kBuffer) == 0) throw_error(ErrorKind::corrupt, "it is cut short");
    }
  }
  const std::string_view bytes = std::string_view(buffer_).substr(begin_, size);
  begin_ += size;
  sum_ = crc32c(sum_, bytes);
  return bytes;
}

size_t ByteReader::fill(size_t size) {
  const size_t have = buffer_.size();
  buffer_.resize(have + size);
  const size_t got = file_.read(buffer_.data() + have, size);
  buffer_.resize(have + got);
  if (got > left_) throw_error(ErrorKind::corrupt, "it is too large");
  left_ -= got;
  return got;
}

void ByteReader::finish() {
  const uint32_t expected = sum_;
  if (number<uint32_t>() != expected) throw_error(ErrorKind::corrupt, "its checksum differs");
  if (begin_ != buffer_.size() || fill(1) != 0) {
    throw_error(ErrorKind::corrupt, "something follows its end");
  }
}

}  // namespace minidock::store::erofs
