// Records: the flat form in which a Plan (and a launch request) reaches the helper, read in place.
//
//   record := u32 bytes | u16 op | u8 stage | u8 0 | u32 texts | u32 numbers      (16 bytes)
//             numbers * i64
//             texts * ( u32 length | bytes | NUL )
//             zeros up to a multiple of 8
//
// Text 0 of every record is its name. All numbers are in host order: both sides are one build on one machine.
// Free of exceptions and of the heap: the helper reads what the program wrote.
#pragma once

#include <stdint.h>
#include <string.h>

#include "runtime/step.h"

namespace minidock::runtime {

struct RecordHeader {
  uint32_t bytes;
  uint16_t op;
  uint8_t stage;
  uint8_t zero;
  uint32_t texts;
  uint32_t numbers;
};
static_assert(sizeof(RecordHeader) == 16);

// One record. `valid()` is false past the last one.
class RecordView {
 public:
  RecordView() = default;
  RecordView(const char* at, const char* end) : end_(end) {
    if (end - at < static_cast<long>(sizeof(RecordHeader))) return;
    const RecordHeader* header = reinterpret_cast<const RecordHeader*>(at);
    if (header->bytes < sizeof(RecordHeader) || header->bytes > static_cast<size_t>(end - at)) return;
    header_ = header;
  }

  bool valid() const { return header_ != nullptr; }
  RecordView next() const { return {reinterpret_cast<const char*>(header_) + header_->bytes, end_}; }
  Op op() const { return static_cast<Op>(header_->op); }
  Stage stage() const { return static_cast<Stage>(header_->stage); }
  const char* name() const { return text_at(0, nullptr); }

  // The arguments, without the name: text(0) is the first. "" past the last.
  uint32_t text_count() const { return header_->texts - 1; }
  const char* text(uint32_t index, uint32_t* length = nullptr) const { return text_at(index + 1, length); }
  uint32_t number_count() const { return header_->numbers; }
  int64_t number(uint32_t index) const { return index < header_->numbers ? numbers()[index] : 0; }

 private:
  const int64_t* numbers() const { return reinterpret_cast<const int64_t*>(header_ + 1); }
  const char* text_at(uint32_t index, uint32_t* length) const {
    if (length != nullptr) *length = 0;
    if (index >= header_->texts) return "";
    const char* at = reinterpret_cast<const char*>(numbers() + header_->numbers);
    for (;; --index) {
      uint32_t size;
      memcpy(&size, at, sizeof size);
      if (index == 0) {
        if (length != nullptr) *length = size;
        return at + sizeof size;
      }
      at += sizeof size + size + 1;
    }
  }

  const RecordHeader* header_ = nullptr;
  const char* end_ = nullptr;
};

}  // namespace minidock::runtime
