// A list that only grows, in pieces of one size: of a million small things a vector would need three times their size
// for a moment, and a deque of the C++ library an eighth more for its own pieces of 512 bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace minidock::store::erofs {

template <typename Value>
class Chunked {
 public:
  size_t size() const { return size_; }
  Value& operator[](size_t at) { return pieces_[at / kPiece][at % kPiece]; }
  const Value& operator[](size_t at) const { return pieces_[at / kPiece][at % kPiece]; }

  void push_back(const Value& value) {
    if (size_ == pieces_.size() * kPiece) pieces_.push_back(std::make_unique<Value[]>(kPiece));
    (*this)[size_] = value;
    ++size_;
  }

 private:
  static constexpr size_t kPiece = 512;  // small beside a small layer
  std::vector<std::unique_ptr<Value[]>> pieces_;
  size_t size_ = 0;
};

}  // namespace minidock::store::erofs
