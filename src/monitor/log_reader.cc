#include "monitor/log_reader.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <ctime>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace minidock::monitor {

namespace {
constexpr int kMostFiles = 1000;

// Its content as a file of its own, so that it can be read from either end.
Fd unpack(const Fd& compressed) {
  Fd plain(memfd_create("minidock-log", MFD_CLOEXEC));
  if (!plain) throw_errno("unpack the log");
  const gzFile file = gzdopen(fcntl(compressed.get(), F_DUPFD_CLOEXEC, 3), "rb");
  if (file == nullptr) throw_errno("unpack the log");
  std::string block(256 << 10, '\0');
  int got = 0;
  while ((got = gzread(file, block.data(), static_cast<unsigned>(block.size()))) > 0)
    write_all(plain.get(), std::string_view(block).substr(0, static_cast<size_t>(got)));
  gzclose(file);
  return plain;
}
}  // namespace

LogReader::LogReader(std::string path, LogFormat format) : path_(std::move(path)), format_(format) {
  open_files();
}

// race: a rotation under way shows a number left out, a file under two numbers, or another log than before; it is
// short.
void LogReader::open_files() {
  constexpr int kTries = 500;
  constexpr timespec kPause = {0, 20'000};
  for (int i = 0; i < kTries; ++i) {
    if (try_open_files(false)) return;
    ::nanosleep(&kPause, nullptr);
  }
  try_open_files(true);  // a number is left out for good
}

bool LogReader::try_open_files(bool as_they_are) {
  files_.clear();
  auto log = find_file(AT_FDCWD, path_, O_RDONLY | O_NOFOLLOW);
  for (int i = 1, oldest = oldest_index(); i <= oldest; ++i) {
    const std::string name = cat(path_, ".", i);
    auto fd = find_file(AT_FDCWD, name, O_RDONLY | O_NOFOLLOW);
    const bool compressed = !fd;
    if (compressed) fd = find_file(AT_FDCWD, name + ".gz", O_RDONLY | O_NOFOLLOW);
    const bool met_before = fd && !files_.empty() && is_same_file(files_.front().fd.get(), fd->get());
    if (!as_they_are && (!fd || met_before)) return false;
    if (fd && !met_before) files_.push_front({i, compressed, std::move(*fd)});
  }
  const auto again = find_file(AT_FDCWD, path_, O_RDONLY | O_NOFOLLOW);
  const bool same = log.has_value() == again.has_value() && (!log || is_same_file(log->get(), again->get()));
  if (log) files_.push_back({0, false, std::move(*log)});
  return same || as_they_are;
}

// The highest N of PATH.N and PATH.N.gz, 0: none.
int LogReader::oldest_index() const {
  const size_t slash = path_.rfind('/');
  const std::string prefix = path_.substr(slash + 1) + ".";
  int oldest = 0;
  for (std::string name : list_dir(AT_FDCWD, path_.substr(0, slash))) {
    if (!name.starts_with(prefix)) continue;
    name = name.substr(prefix.size(), name.find('.', prefix.size()) - prefix.size());
    oldest = std::max(oldest, static_cast<int>(std::min<int64_t>(parse_int(name).value_or(0), kMostFiles)));
  }
  return oldest;
}

LogPiece LogReader::piece_of(File file) const {
  return {file.compressed ? unpack(file.fd) : std::move(file.fd), format_};
}

void LogReader::skip_to_last(uint64_t count) {
  if (journal_) return skip_to_last_entries(count);
  std::deque<File> kept;
  while (!files_.empty()) {
    File file = std::move(files_.back());
    files_.pop_back();
    if (file.compressed) file = {file.index, false, unpack(file.fd)};
    LogPiece piece(Fd(fcntl(file.fd.get(), F_DUPFD_CLOEXEC, 3)), format_);
    const uint64_t found = piece.skip_to_last(count);
    count -= std::min(found, count);
    if (count == 0 || files_.empty()) {
      current_ = std::move(piece);
      break;
    }
    kept.push_front(std::move(file));
  }
  files_ = std::move(kept);
}

bool LogReader::has_next() const {
  if (!files_.empty()) return true;
  const auto log = find_file(AT_FDCWD, path_, O_RDONLY | O_NOFOLLOW);
  return log && !(current_ && is_same_file(log->get(), current_->fd()));
}

void LogReader::go_on() {
  if (files_.empty()) {
    // Rotated since: what follows the current file, which may have another number by now, or be compressed.
    open_files();
    const auto known = std::find_if(files_.begin(), files_.end(), [this](const File& file) {
      return current_ && is_same_file(file.fd.get(), current_->fd());
    });
    seeks_ = current_ && known == files_.end();
    if (known != files_.end()) files_.erase(files_.begin(), known + 1);
  }
  if (files_.empty()) return;
  current_ = piece_of(std::move(files_.front()));
  files_.pop_front();
}

std::optional<LogLine> LogReader::take() {
  while (auto line = current_ ? current_->next() : std::nullopt) {
    if (seeks_ && line->time <= last_) continue;
    seeks_ = false;
    last_ = line->time;
    return line;
  }
  return std::nullopt;
}

std::optional<LogLine> LogReader::next() {
  if (journal_) return next_entry();
  for (;;) {
    if (auto line = take()) return line;
    if (!has_next()) return std::nullopt;
    // race: once more after the next file is known: the last lines before the rotation may just have been written.
    if (auto line = take()) return line;
    go_on();
  }
}

void compress_log(int input, int output) {
  const gzFile file = gzdopen(fcntl(output, F_DUPFD_CLOEXEC, 3), "wb1");
  if (file == nullptr) throw_errno("compress the log");
  std::string block(256 << 10, '\0');
  for (;;) {
    const ssize_t got = read(input, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno("compress the log");
    if (got == 0) break;
    if (gzwrite(file, block.data(), static_cast<unsigned>(got)) != got) throw_errno("compress the log");
  }
  if (gzclose(file) != Z_OK) throw_errno("compress the log");
}

}  // namespace minidock::monitor
