#include "cli/detach_keys.h"

#include "base/error.h"

namespace minidock::cli {
namespace {

char parse_key(std::string_view whole, std::string_view key) {
  if (key.size() == 1) return key[0];
  if (key.starts_with("ctrl-") && key.size() == 6) {
    const char letter = key[5];
    if (letter >= 'a' && letter <= 'z') return static_cast<char>(letter - 'a' + 1);
    constexpr std::string_view kOthers = "[\\]^_";
    if (letter == '@') return '\0';
    if (const size_t place = kOthers.find(letter); place != kOthers.npos) return static_cast<char>(27 + place);
  }
  throw_error(ErrorKind::invalid, "invalid detach keys (", printable(whole), "): unknown character '", printable(key),
              "'; use letters or ctrl- with a-z @ [ \\ ] ^ _, separated by commas");
}

}  // namespace

std::string parse_detach_keys(std::string_view text) {
  const std::string_view keys = text.empty() ? kDefaultDetachKeys : text;
  std::string sequence;
  for (const std::string& key : split(keys, ',')) sequence += parse_key(keys, key);
  return sequence;
}

std::string DetachKeys::filter(std::string_view typed) {
  std::string passed;
  for (const char key : typed) {
    if (detached_) break;
    if (key == sequence_[matched_]) {
      detached_ = ++matched_ == sequence_.size();
      continue;
    }
    passed.append(sequence_, 0, matched_);
    matched_ = key == sequence_[0] ? 1 : 0;
    if (matched_ == 0) passed += key;
  }
  return passed;
}

}  // namespace minidock::cli
