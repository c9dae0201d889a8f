// What the monitor adds to the log of events: start, oom and die of a container, exec_die of a further process. The
// commands tell the rest; these three happen when none may be there.
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "linux/shared_log.h"
#include "monitor/helper/monitor.h"
#include "runtime/fixed_text.h"

namespace minidock::monitor {

namespace {
using Head = runtime::FixedText<1024>;

// A file's bytes as long as this lives; none where it is missing or empty.
class MappedFile {
 public:
  explicit MappedFile(const char* path) {
    const Fd fd(open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    struct stat info;
    if (!fd || fstat(fd.get(), &info) != 0 || info.st_size <= 0) return;
    void* const memory = mmap(nullptr, static_cast<size_t>(info.st_size), PROT_READ, MAP_PRIVATE, fd.get(), 0);
    if (memory == MAP_FAILED) return;
    data_ = static_cast<char*>(memory);
    size_ = static_cast<size_t>(info.st_size);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile() {
    if (data_ != nullptr) munmap(data_, size_);
  }
  char* data() const { return data_; }
  size_t size() const { return size_; }
  bool holds(const Head& text) const {
    return data_ != nullptr && memmem(data_, size_, text.c_str(), text.size()) != nullptr;
  }

 private:
  char* data_ = nullptr;
  size_t size_ = 0;
};

// A record up to its attributes; what a record is known by.
void begin_record(Head& out, int64_t time, const char* action, const char* id) {
  out << "\n{\"time\":" << time << ",\"type\":\"container\",\"action\":\"" << action << "\",\"id\":\"" << id
      << "\",\"attributes\":{";
}

iovec part(const char* text, size_t size) {
  return {const_cast<char*>(text), size};
}

// `head` and the attributes that the container has now.
void append(const runtime::RecordView& launch, const Head& head) {
  runtime::FixedText<4096> path;
  path << launch.text(kRunDirectory) << "/" << kAttributesName;
  const MappedFile renamed(*launch.text(kRunDirectory) != 0 ? path.c_str() : "");
  const char* const given = launch.text(kEventAttributes);
  const iovec parts[] = {part(head.c_str(), head.size()),
                         renamed.data() != nullptr ? part(renamed.data(), renamed.size()) : part(given, strlen(given)),
                         part("}}\n", 3)};
  linux::append_to_shared_log(launch.text(kEventLog), parts, 3);
}
}  // namespace

void Monitor::record_start() {
  if (!tells_events() || !serves_container()) return;
  Head head;
  begin_record(head, started_.started, "start", launch_.text(kEventId));
  append(launch_, head);
}

void Monitor::record_end() {
  if (!tells_events() || end_event_ == EndEvent::told) return;
  Head head;
  begin_record(head, exit_.finished, serves_container() ? "die" : "exec_die", launch_.text(kEventId));
  if (end_event_ == EndEvent::being_told) {
    // The one before us was killed here. The time makes the record one of its kind.
    runtime::FixedText<4096> older;
    older << launch_.text(kEventLog) << ".1";
    if (MappedFile(launch_.text(kEventLog)).holds(head) || MappedFile(older.c_str()).holds(head)) {
      end_event_ = EndEvent::told;
      return;
    }
  }
  const bool first = end_event_ == EndEvent::to_be_told;
  end_event_ = EndEvent::being_told;
  if (exit_.oom_killed != 0 && first && serves_container()) {
    Head oom;
    begin_record(oom, exit_.finished, "oom", launch_.text(kEventId));
    append(launch_, oom);
  }
  head << "\"execDuration\":\"" << (exit_.finished - started_.started) / 1'000'000'000 << "\",\"exitCode\":\""
       << static_cast<int64_t>(exit_code_) << "\",";
  append(launch_, head);
  end_event_ = EndEvent::told;
}

}  // namespace minidock::monitor
