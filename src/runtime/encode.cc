#include "runtime/encode.h"

#include <cstring>

#include "runtime/plan.h"
#include "runtime/wire.h"

namespace minidock::runtime {

namespace {
void put(std::string& out, const void* data, size_t size) {
  out.append(static_cast<const char*>(data), size);
}
}  // namespace

void append_record(std::string& out, const Step& step) {
  const size_t start = out.size();
  RecordHeader header = {};
  header.op = static_cast<uint16_t>(step.op);
  header.stage = static_cast<uint8_t>(step.stage);
  header.texts = static_cast<uint32_t>(step.texts.size() + 1);
  header.numbers = static_cast<uint32_t>(step.numbers.size());
  put(out, &header, sizeof header);
  put(out, step.numbers.data(), step.numbers.size() * sizeof(int64_t));
  const auto put_text = [&](const std::string& text) {
    const uint32_t size = static_cast<uint32_t>(text.size());
    put(out, &size, sizeof size);
    put(out, text.c_str(), text.size() + 1);
  };
  put_text(step.name);
  for (const std::string& text : step.texts) put_text(text);
  out.resize((out.size() + 7) & ~size_t{7});
  const uint32_t bytes = static_cast<uint32_t>(out.size() - start);
  std::memcpy(out.data() + start, &bytes, sizeof bytes);
}

std::string encode(const Plan& plan) {
  std::string out;
  out.reserve(16384);
  for (const Step& step : plan.steps) append_record(out, step);
  return out;
}

}  // namespace minidock::runtime
