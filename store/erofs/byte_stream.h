// Numbers and short texts of a tree file, written and read as a stream, and summed up on the way. The file is packed
// (archive/packed_file.h); the sum is of what was packed.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "store/archive/packed_file.h"
#include "store/erofs/checksum.h"

namespace minidock::store::erofs {

constexpr std::string_view kTreeMagic = "minidock tree 1\n";

class ByteWriter {
 public:
  explicit ByteWriter(int fd) : file_(fd, "the layer's tree") {}  // borrowed: empty, writable

  void put(std::string_view bytes);
  template <std::integral Number>
  void number(Number value) {
    put({reinterpret_cast<const char*>(&value), sizeof value});
  }
  // With its length before it. The caller knows that it fits.
  template <std::integral Length>
  void short_text(std::string_view text) {
    number(static_cast<Length>(text.size()));
    put(text);
  }
  void finish();  // the sum, and what is buffered

 private:
  void flush();
  PackedWriter file_;
  uint32_t sum_ = kChecksumSeed;
  std::string buffer_;
};

class ByteReader {
 public:
  // `fd` is borrowed; more than `limit` bytes are refused, whatever few bytes they are packed in.
  ByteReader(int fd, uint64_t limit) : file_(fd), left_(limit) {}

  std::string text(size_t size) {
    return std::string(take(size));
  }  // throws corrupt where less is left; so do the others
  template <std::integral Number>
  Number number() {
    Number value;
    memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  template <std::integral Length>
  std::string short_text() {
    return text(number<Length>());
  }
  void finish();  // throws corrupt if the sum differs, or something follows it

 private:
  std::string_view take(size_t size);  // valid until the next call
  size_t fill(size_t size);            // up to so many bytes more into the buffer: 0 at the end
  PackedReader file_;
  uint64_t left_;
  uint32_t sum_ = kChecksumSeed;
  std::string buffer_;
  size_t begin_ = 0;
};

}  // namespace minidock::store::erofs
