#include "monitor/log_line.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace minidock::monitor {
namespace {

void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
  } else if (code < 0x10000) {
    out += {static_cast<char>(0xE0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3F)),
            static_cast<char>(0x80 | (code & 0x3F))};
  } else {
    out += {static_cast<char>(0xF0 | code >> 18), static_cast<char>(0x80 | (code >> 12 & 0x3F)),
            static_cast<char>(0x80 | (code >> 6 & 0x3F)), static_cast<char>(0x80 | (code & 0x3F))};
  }
}

// Just enough JSON for these lines: a general parser is ten times slower, and logs are long.
class LineParser {
 public:
  explicit LineParser(std::string_view text) : text_(text) {}

  std::optional<LogLine> run() {
    LogLine line;
    if (!take('{')) return std::nullopt;
    while (!take('}')) {
      std::string key, value;
      if (!string(key) || !take(':')) return std::nullopt;
      const bool found = key == "attrs" ? pass_over_texts() : string(value);
      if (!found) return std::nullopt;
      if (key == "log")
        line.text = std::move(value);
      else if (key == "stream")
        line.is_error = value == "stderr";
      else if (key == "time")
        line.time = parse_rfc3339(value).value_or(0);
      take(',');
    }
    return line;
  }

 private:
  bool take(char letter) {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    if (at_ >= text_.size() || text_[at_] != letter) return false;
    ++at_;
    return true;
  }

  // An object of texts.
  bool pass_over_texts() {
    if (!take('{')) return false;
    while (!take('}')) {
      std::string ignored;
      if (!string(ignored) || !take(':') || !string(ignored)) return false;
      take(',');
    }
    return true;
  }

  bool string(std::string& out) {
    if (!take('"')) return false;
    while (at_ < text_.size()) {
      const size_t stop = std::min(text_.find_first_of("\"\\", at_), text_.size());
      out.append(text_, at_, stop - at_);
      at_ = stop;
      if (at_ >= text_.size()) return false;
      if (text_[at_++] == '"') return true;
      if (!escape(out)) return false;
    }
    return false;
  }

  bool escape(std::string& out) {
    if (at_ >= text_.size()) return false;
    const char letter = text_[at_++];
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
    if (const size_t place = kLetters.find(letter); place != kLetters.npos) {
      out += kValues[place];
      return true;
    }
    uint32_t code = 0;
    if (letter != 'u' || !hex(code)) return false;
    uint32_t low = 0;
    const size_t before = at_;
    if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_, 2) == "\\u" && (at_ += 2, hex(low)) && low >= 0xDC00 &&
        low < 0xE000) {
      append_utf8(out, 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00));
      return true;
    }
    at_ = before;
    append_utf8(out, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
    return true;
  }

  bool hex(uint32_t& code) {
    const std::string_view digits = text_.substr(at_, 4);
    if (digits.size() < 4 || std::from_chars(digits.data(), digits.data() + 4, code, 16).ptr != digits.data() + 4)
      return false;
    at_ += 4;
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::optional<LogLine> parse_json_line(std::string_view json) {
  return LineParser(json).run();
}

}  // namespace minidock::monitor
