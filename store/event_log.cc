#include "store/event_log.h"

#include <sys/inotify.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/shared_log.h"

namespace minidock::store {

namespace {

std::string log_path(const std::string& run_root) {
  return cat(run_root, "/", kEventDirectory, "/", kEventFile);
}

Fd open_log(const std::string& path) {
  auto fd = find_file(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW);
  return fd ? std::move(*fd) : Fd();
}

bool try_append(const std::string& path, std::string& record) {
  const iovec part = {record.data(), record.size()};
  return linux::append_to_shared_log(path.c_str(), &part, 1);
}

}  // namespace

void append_event(const std::string& run_root, const oci::Event& event) noexcept {
  try {
    const std::string path = log_path(run_root);
    std::string record = cat("\n", oci::to_json(event), "\n");
    if (try_append(path, record) || exists_at(AT_FDCWD, path)) return;
    ensure_dir(AT_FDCWD, cat(run_root, "/", kEventDirectory), 0700);
    try_append(path, record);
  } catch (const std::exception&) {
    // Events are a convenience.
  }
}

EventReader::EventReader(const std::string& run_root) : log_(log_path(run_root)) {
  const std::string directory = cat(run_root, "/", kEventDirectory);
  ensure_dir(AT_FDCWD, directory, 0700);
  watch_ = Fd(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!watch_) throw_errno("watch for events");
  // order: the watch before the first read, so that what comes in between is told.
  if (inotify_add_watch(watch_.get(), directory.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0)
    throw_errno("watch ", directory);
}

void EventReader::read_file(File& file, std::vector<oci::Event>& out) {
  if (!file.fd) return;
  char buffer[65536];
  while (const size_t got = read_some(file.fd.get(), buffer, sizeof buffer)) {
    std::string_view piece(buffer, got);
    for (size_t end = piece.find('\n'); end != piece.npos; end = piece.find('\n')) {
      file.rest += piece.substr(0, end);
      if (auto event = oci::parse_event(file.rest)) out.push_back(std::move(*event));
      file.rest.clear();
      piece.remove_prefix(end + 1);
    }
    file.rest += piece;
  }
}

// The file that bears the name is another one than ours: ours is log.1 by now, or has been.
void EventReader::follow_rotation(std::vector<oci::Event>& out) {
  for (;;) {
    Fd named = open_log(log_), before = open_log(log_ + ".1");
    if (named && before && is_same_file(named.get(), before.get())) continue;  // race: a rotation between the two
    if (!named) named = std::move(before);  // it was full, and nobody has written since
    if (!named || is_same_file(named.get(), current_.fd.get())) return;
    read_file(current_, out);
    older_ = std::move(current_);
    if (before && !is_same_file(before.get(), older_.fd.get())) {
      older_ = {std::move(before), ""};
      read_file(older_, out);
    }
    current_ = {std::move(named), ""};
    read_file(current_, out);
  }
}

void EventReader::take_notices() {
  alignas(inotify_event) char told[4096];
  for (;;) {
    const ssize_t got = ::read(watch_.get(), told, sizeof told);
    if (got <= 0) return;
    for (ssize_t at = 0; at < got;) {
      const auto* notice = reinterpret_cast<const inotify_event*>(told + at);
      gone_ = gone_ || (notice->mask & IN_IGNORED) != 0;
      at += static_cast<ssize_t>(sizeof *notice + notice->len);
    }
  }
}

std::vector<oci::Event> EventReader::read() {
  take_notices();
  std::vector<oci::Event> out;
  read_file(older_, out);
  read_file(current_, out);
  follow_rotation(out);
  return out;
}

}  // namespace minidock::store
