#include "store/erofs/byte_stream.h"

#include "base/error.h"
#include "base/file.h"

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
  try {
    write_all(fd_, buffer_);
  } catch (const Error& error) {
    throw error.with_context("write the layer's tree");
  }
  buffer_.clear();
}

void ByteWriter::finish() {
  flush();
  number(sum_);
  flush();
}

std::string_view ByteReader::take(size_t size) {
  if (buffer_.size() - begin_ < size) {
    buffer_.erase(0, begin_);
    begin_ = 0;
    while (buffer_.size() < size) {
      const size_t have = buffer_.size();
      buffer_.resize(have + kBuffer);
      const size_t got = read_some(fd_, buffer_.data() + have, kBuffer);
      buffer_.resize(have + got);
      if (got == 0) throw_error(ErrorKind::corrupt, "it is cut short");
    }
  }
  const std::string_view bytes = std::string_view(buffer_).substr(begin_, size);
  begin_ += size;
  sum_ = crc32c(sum_, bytes);
  return bytes;
}

void ByteReader::finish() {
  const uint32_t expected = sum_;
  if (number<uint32_t>() != expected) throw_error(ErrorKind::corrupt, "its checksum differs");
  char more = 0;
  if (begin_ != buffer_.size() || read_some(fd_, &more, 1) != 0) {
    throw_error(ErrorKind::corrupt, "something follows its end");
  }
}

}  // namespace minidock::store::erofs
