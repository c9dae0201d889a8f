#include "monitor/log_piece.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace minidock::monitor {

namespace {
constexpr int64_t kBlock = 64 << 10;
constexpr size_t kRecordFrame = sizeof(LogRecordHead) + sizeof(uint32_t);

// The head of a record that a writer wrote whole.
std::optional<LogRecordHead> read_head(const char* at) {
  LogRecordHead head;
  std::memcpy(&head, at, sizeof head);
  if (head.magic != kLogMagic || head.size > kLogPart) return std::nullopt;
  return head;
}

bool read_at(int fd, void* out, size_t size, int64_t offset) {
  return pread(fd, out, size, offset) == static_cast<ssize_t>(size);
}
}  // namespace

int64_t LogPiece::size() const {
  struct stat status;
  if (fstat(fd_.get(), &status) != 0) throw_errno("read the log");
  return status.st_size;
}

uint64_t LogPiece::skip_to_last(uint64_t count) {
  return format_ == LogFormat::json ? skip_json(count) : skip_local(count);
}

std::optional<LogLine> LogPiece::next() {
  return format_ == LogFormat::json ? next_json() : next_local();
}

bool LogPiece::fill() {
  buffer_.erase(0, taken_);
  taken_ = 0;
  const size_t kept = buffer_.size();
  buffer_.resize(kept + kBlock);
  ssize_t got;
  do got = pread(fd_.get(), buffer_.data() + kept, kBlock, offset_);
  while (got < 0 && errno == EINTR);
  buffer_.resize(kept + static_cast<size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0) throw_errno("read the log");
  offset_ += got;
  return got > 0;
}

uint64_t LogPiece::skip_json(uint64_t count) {
  const int64_t end_of_file = size();
  offset_ = end_of_file;
  if (count == 0 || end_of_file == 0) return 0;
  std::string block(kBlock, '\0');
  uint64_t seen = 0;
  for (int64_t end = end_of_file; end > 0;) {
    const int64_t start = std::max<int64_t>(0, end - kBlock);
    if (!read_at(fd_.get(), block.data(), static_cast<size_t>(end - start), start)) throw_errno("read the log");
    for (int64_t at = end - 1; at >= start; --at) {
      const bool ends_line = block[static_cast<size_t>(at - start)] == '\n' && at + 1 < end_of_file;
      if (!ends_line || ++seen < count) continue;
      offset_ = at + 1;
      return count;
    }
    end = start;
  }
  offset_ = 0;
  return seen + 1;
}

uint64_t LogPiece::skip_local(uint64_t count) {
  offset_ = size();
  if (count == 0) return 0;
  uint64_t seen = 0;
  bool goes_on = true;  // what follows in time belongs to a line that is counted already, or is the end
  for (int64_t at = offset_; at >= static_cast<int64_t>(kRecordFrame);) {
    uint32_t bytes = 0;
    char raw[sizeof(LogRecordHead)];
    if (!read_at(fd_.get(), &bytes, sizeof bytes, at - static_cast<int64_t>(sizeof bytes))) break;
    const int64_t start = at - static_cast<int64_t>(kRecordFrame + bytes);
    if (start < 0 || !read_at(fd_.get(), raw, sizeof raw, start)) break;
    const auto head = read_head(raw);
    if (!head || head->size != bytes) break;  // cut short by a full disk: what lies before it is not found backwards
    const bool ends_line = head->partial == 0 || goes_on;
    goes_on = false;
    if (ends_line && seen == count) return seen;
    if (ends_line) ++seen;
    offset_ = at = start;
  }
  return seen;
}

std::optional<LogLine> LogPiece::next_json() {
  for (;;) {
    const size_t end = buffer_.find('\n', taken_ + searched_);
    if (end == std::string::npos) {
      searched_ = buffer_.size() - taken_;
      if (!fill()) return std::nullopt;
      continue;
    }
    auto line = parse_json_line(std::string_view(buffer_).substr(taken_, end - taken_));
    taken_ = end + 1;
    searched_ = 0;
    if (line) return line;
  }
}

std::optional<LogLine> LogPiece::next_local() {
  for (;;) {
    while (buffer_.size() - taken_ < kRecordFrame) {
      if (!fill()) return std::nullopt;
    }
    const auto head = read_head(buffer_.data() + taken_);
    if (!head) {
      ++taken_;  // a write that a full disk cut short: on to the next head
      continue;
    }
    while (buffer_.size() - taken_ < kRecordFrame + head->size) {
      if (!fill()) return std::nullopt;
    }
    uint32_t again = 0;
    std::memcpy(&again, buffer_.data() + taken_ + sizeof *head + head->size, sizeof again);
    if (again != head->size) {
      ++taken_;
      continue;
    }
    LogLine line;
    line.text = buffer_.substr(taken_ + sizeof *head, head->size);
    line.is_error = head->stream == 2;
    line.time = head->time;
    taken_ += kRecordFrame + head->size;
    return line;
  }
}

}  // namespace minidock::monitor
