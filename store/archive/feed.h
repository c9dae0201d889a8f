// A decompressor's side of its input: the bytes that were read and that its library has not taken yet.
#pragma once

#include <cstdint>
#include <string_view>

#include "store/archive/input.h"

namespace minidock::store {

class Feed {
 public:
  explicit Feed(Input& input) : input_(input) {}  // borrowed

  // Something to take, read if need be; false at the end of the input.
  bool refill() {
    if (left_.empty()) left_ = input_.next();
    return !left_.empty();
  }
  std::string_view left() const { return left_; }
  void take(size_t size) { left_.remove_prefix(size); }
  uint64_t taken() const { return input_.consumed() - left_.size(); }

 private:
  Input& input_;
  std::string_view left_;  // of the input's buffer
};

}  // namespace minidock::store
