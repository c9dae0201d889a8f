#include "linux/number_list.h"

#include <algorithm>

#include "base/text.h"

namespace minidock::linux {
namespace {

constexpr int64_t kLargest = 65535;

bool in_range(const std::optional<int64_t>& number) {
  return number && *number >= 0 && *number <= kLargest;
}

}  // namespace

std::optional<std::vector<int>> parse_number_list(std::string_view text) {
  std::vector<int> numbers;
  text = trim(text);
  if (text.empty()) return numbers;
  for (const std::string& part : split(text, ',')) {
    const std::string_view whole = part;
    const size_t dash = whole.find('-');
    const std::optional<int64_t> first = parse_int(whole.substr(0, dash));
    const std::optional<int64_t> last = dash == std::string_view::npos ? first : parse_int(whole.substr(dash + 1));
    if (!in_range(first) || !in_range(last) || *first > *last) return std::nullopt;
    for (int64_t number = *first; number <= *last; ++number) numbers.push_back(static_cast<int>(number));
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

std::string format_number_list(const std::vector<int>& numbers) {
  std::string out;
  for (size_t begin = 0; begin < numbers.size();) {
    size_t end = begin + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    if (!out.empty()) out += ',';
    out += cat(numbers[begin]);
    if (end - begin > 1) out += cat('-', numbers[end - 1]);
    begin = end;
  }
  return out;
}

}  // namespace minidock::linux
