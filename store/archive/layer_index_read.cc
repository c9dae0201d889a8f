#include <sys/sysmacros.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "store/archive/layer_index.h"

namespace minidock::store {

namespace {

using Json = nlohmann::json;

constexpr size_t kLineBytes = 256 << 10;  // a path and a target in hex are far below
constexpr std::string_view kHead = "{\"version\":1,\"entries\":[";

class Lines {
 public:
  explicit Lines(int fd) : file_(fd) {}
  uint64_t number() const { return number_; }

  std::optional<std::string> next() {
    size_t end = 0;
    while ((end = buffer_.find('\n', begin_)) == std::string::npos) {
      if (buffer_.size() - begin_ > kLineBytes || !fill()) return std::nullopt;
    }
    std::string line = buffer_.substr(begin_, end - begin_);
    begin_ = end + 1;
    ++number_;
    return line;
  }

  bool at_end() { return begin_ == buffer_.size() && !fill(); }

 private:
  bool fill() {
    buffer_.erase(0, std::exchange(begin_, 0));
    const size_t have = buffer_.size();
    buffer_.resize(have + (64 << 10));
    size_t got = 0;
    try {
      got = file_.read(buffer_.data() + have, buffer_.size() - have);
    } catch (const Error& error) {
      throw error.with_context("layer index");
    }
    buffer_.resize(have + got);
    return got > 0;
  }

  PackedReader file_;
  std::string buffer_;
  size_t begin_ = 0;
  uint64_t number_ = 0;
};

std::string unhex(std::string_view digits) {
  std::string bytes;
  if (!is_hex(digits) || digits.size() % 2 != 0) throw_error(ErrorKind::corrupt, "hex digits expected");
  const auto value = [](char digit) { return digit <= '9' ? digit - '0' : digit - 'a' + 10; };
  for (size_t i = 0; i < digits.size(); i += 2)
    bytes += static_cast<char>(value(digits[i]) << 4 | value(digits[i + 1]));
  return bytes;
}

std::string text_of(const Json& line, const std::string& key) {
  const auto plain = line.find(key);
  return plain != line.end() ? plain->get<std::string>() : unhex(line.at(key + "_hex").get<std::string>());
}

mode_t type_bits(const std::string& type) {
  static const std::pair<std::string_view, mode_t> kTypes[] = {{"file", S_IFREG},      {"directory", S_IFDIR},
                                                               {"symlink", S_IFLNK},   {"fifo", S_IFIFO},
                                                               {"character", S_IFCHR}, {"block", S_IFBLK}};
  for (const auto& [name, bits] : kTypes) {
    if (type == name) return bits;
  }
  throw_error(ErrorKind::corrupt, "unknown type");
}

dev_t device_of(const std::string& text) {
  const std::vector<std::string> numbers = split(text, ':');
  const std::optional<int64_t> first = parse_int(numbers[0]);
  const std::optional<int64_t> second = numbers.size() == 2 ? parse_int(numbers[1]) : std::nullopt;
  if (!first || !second) throw_error(ErrorKind::corrupt, "device number expected");
  return makedev(static_cast<unsigned>(*first), static_cast<unsigned>(*second));
}

IndexEntry parse_entry(std::string_view text) {
  const Json line = Json::parse(text);
  IndexEntry entry;
  entry.path = text_of(line, "path");
  const std::optional<uint64_t> mode = parse_octal(line.at("mode").get<std::string>());
  if (!mode || *mode > 07777) throw_error(ErrorKind::corrupt, "mode expected");
  entry.mode = type_bits(line.at("type")) | static_cast<mode_t>(*mode);
  entry.uid = line.at("uid");
  entry.gid = line.at("gid");
  entry.mtime = line.at("mtime");
  if (line.contains("link")) entry.link = line.at("link");
  if (line.contains("opaque")) entry.opaque = line.at("opaque");
  if (S_ISLNK(entry.mode)) entry.target = text_of(line, "target");
  if (S_ISCHR(entry.mode) || S_ISBLK(entry.mode)) entry.device = device_of(line.at("device"));
  if (S_ISREG(entry.mode)) {
    entry.size = line.at("size");
    const std::optional<oci::Digest> digest = oci::Digest::parse_hex(line.at("sha256").get<std::string>());
    if (!digest) throw_error(ErrorKind::corrupt, "sha256 expected");
    entry.sha256 = *digest;
  }
  return entry;
}

IndexEntry parse_line(const std::string& line, uint64_t number) {
  try {
    return parse_entry(line.ends_with(',') ? std::string_view(line).substr(0, line.size() - 1) : line);
  } catch (const std::exception& error) {  // of the JSON library too
    throw_error(ErrorKind::corrupt, "layer index: line ", number, ": ", std::string_view(error.what()));
  }
}

}  // namespace

void read_layer_index(int fd, const std::function<void(const IndexEntry&)>& visit) {
  Lines lines(fd);
  if (lines.next() != kHead) throw_error(ErrorKind::corrupt, "layer index: line 1 is not its head");
  for (;;) {
    const std::optional<std::string> line = lines.next();
    if (!line) throw_error(ErrorKind::corrupt, "layer index: cut short after line ", lines.number());
    if (*line == "]}") break;
    visit(parse_line(*line, lines.number()));
  }
  if (!lines.at_end()) throw_error(ErrorKind::corrupt, "layer index: something follows its end");
}

}  // namespace minidock::store
