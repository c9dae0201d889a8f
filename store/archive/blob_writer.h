// A layer's blob as it is written: the disk begins while the rest is still on its way, so that making it durable in
// the end waits for little. Source: sync_file_range(2), which only starts the writing and promises nothing.
#pragma once

#include <cstdint>
#include <string_view>

namespace minidock::store {

class BlobWriter {
 public:
  explicit BlobWriter(int fd) : fd_(fd) {}  // borrowed, empty; -1: what is written is there already, and counted
  void write(std::string_view bytes);
  uint64_t written() const { return written_; }

 private:
  int fd_;
  uint64_t written_ = 0, started_ = 0;  // bytes; those that the disk was told of
};

}  // namespace minidock::store
