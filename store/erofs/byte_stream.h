// Numbers and short texts of a tree file, written and read as a stream, and summed up on the way.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "store/erofs/checksum.h"

namespace minidock::store::erofs {

constexpr std::string_view kTreeMagic = "minidock tree 1\n";

class ByteWriter {
 public:
  explicit ByteWriter(int fd) : fd_(fd) {}  // borrowed

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
  int fd_;
  uint32_t sum_ = kChecksumSeed;
  std::string buffer_;
};

class ByteReader {
 public:
  explicit ByteReader(int fd) : fd_(fd) {}  // borrowed

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
  int fd_;
  uint32_t sum_ = kChecksumSeed;
  std::string buffer_;
  size_t begin_ = 0;
};

}  // namespace minidock::store::erofs
