// FixedText: text building without the heap, for the static helper.
#pragma once

#include <stdint.h>

namespace minidock::runtime {

// A bounded text, always NUL-terminated; what does not fit is cut.
template <unsigned kSize>
class FixedText {
 public:
  const char* c_str() const { return data_; }
  unsigned size() const { return size_; }
  void clear() { data_[size_ = 0] = 0; }
  FixedText& operator<<(const char* text) {
    while (*text != 0 && size_ + 1 < kSize) data_[size_++] = *text++;
    data_[size_] = 0;
    return *this;
  }
  FixedText& operator<<(int64_t number) {
    char digits[24];
    int at = sizeof digits;
    digits[--at] = 0;
    uint64_t rest = number < 0 ? 0 - static_cast<uint64_t>(number) : static_cast<uint64_t>(number);
    do digits[--at] = static_cast<char>('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (number < 0) digits[--at] = '-';
    return *this << digits + at;
  }

 private:
  char data_[kSize] = {};
  unsigned size_ = 0;
};

}  // namespace minidock::runtime
