#include "linux/journal.h"

#include <unistd.h>

#include <string_view>

#include "base/error.h"
#include "base/shared_library.h"
#include "linux/journal_socket.h"

struct sd_journal;

namespace minidock::linux {
namespace {

// libsystemd's stable interface.
struct JournalLibrary {
  int (*open)(sd_journal** out, int flags);
  void (*close)(sd_journal* journal);
  int (*add_match)(sd_journal* journal, const void* data, size_t size);
  int (*seek_head)(sd_journal* journal);
  int (*seek_tail)(sd_journal* journal);
  int (*next)(sd_journal* journal);
  int (*previous)(sd_journal* journal);
  int (*get_realtime)(sd_journal* journal, uint64_t* microseconds);
  void (*restart_data)(sd_journal* journal);
  int (*enumerate_data)(sd_journal* journal, const void** data, size_t* size);
  int (*set_data_threshold)(sd_journal* journal, size_t size);
  int (*get_fd)(sd_journal* journal);
  int (*process)(sd_journal* journal);
};

JournalLibrary load_library() {
  const auto library = SharedLibrary::load({"libsystemd.so.0"}, "cannot read the journal", "install libsystemd0");
  JournalLibrary out = {};
  library.load_call("sd_journal_open", out.open);
  library.load_call("sd_journal_close", out.close);
  library.load_call("sd_journal_add_match", out.add_match);
  library.load_call("sd_journal_seek_head", out.seek_head);
  library.load_call("sd_journal_seek_tail", out.seek_tail);
  library.load_call("sd_journal_next", out.next);
  library.load_call("sd_journal_previous", out.previous);
  library.load_call("sd_journal_get_realtime_usec", out.get_realtime);
  library.load_call("sd_journal_restart_data", out.restart_data);
  library.load_call("sd_journal_enumerate_data", out.enumerate_data);
  library.load_call("sd_journal_set_data_threshold", out.set_data_threshold);
  library.load_call("sd_journal_get_fd", out.get_fd);
  library.load_call("sd_journal_process", out.process);
  return out;
}

const JournalLibrary& journal_library() {
  static const JournalLibrary kLibrary = load_library();
  return kLibrary;
}

int check_journal(int result) {
  if (result < 0) throw_errno_message(-result, "read the journal");
  return result;
}

}  // namespace

struct Journal::Handle {
  sd_journal* journal = nullptr;
  ~Handle() {
    if (journal != nullptr) journal_library().close(journal);
  }

  JournalEntry read() const {
    const JournalLibrary& library = journal_library();
    JournalEntry entry;
    uint64_t microseconds = 0;
    check_journal(library.get_realtime(journal, &microseconds));
    entry.time = static_cast<Nanoseconds>(microseconds) * 1000;
    const void* data = nullptr;
    size_t size = 0;
    library.restart_data(journal);
    while (check_journal(library.enumerate_data(journal, &data, &size)) > 0) {
      const std::string_view field(static_cast<const char*>(data), size);
      const size_t equals = field.find('=');
      if (equals != field.npos) entry.fields.emplace(field.substr(0, equals), field.substr(equals + 1));
    }
    return entry;
  }
};

Journal::Journal(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;
Journal::~Journal() = default;

bool Journal::is_there() {
  return ::access(kJournalSocket, F_OK) == 0;
}

Journal Journal::open(const std::string& match) {
  constexpr int kLocalOnly = 1;  // SD_JOURNAL_LOCAL_ONLY
  const JournalLibrary& library = journal_library();
  auto handle = std::make_unique<Handle>();
  check_journal(library.open(&handle->journal, kLocalOnly));
  // No field is cut short, and files that come later are seen.
  library.set_data_threshold(handle->journal, 0);
  check_journal(library.get_fd(handle->journal));
  check_journal(library.add_match(handle->journal, match.data(), match.size()));
  check_journal(library.seek_head(handle->journal));
  return Journal(std::move(handle));
}

std::optional<JournalEntry> Journal::next() {
  const JournalLibrary& library = journal_library();
  if (check_journal(library.next(handle_->journal)) > 0) return handle_->read();
  check_journal(library.process(handle_->journal));
  if (check_journal(library.next(handle_->journal)) == 0) return std::nullopt;
  return handle_->read();
}

std::optional<JournalEntry> Journal::previous() {
  const JournalLibrary& library = journal_library();
  if (check_journal(library.previous(handle_->journal)) > 0) return handle_->read();
  check_journal(library.seek_head(handle_->journal));
  return std::nullopt;
}

void Journal::seek_end() {
  check_journal(journal_library().seek_tail(handle_->journal));
}

}  // namespace minidock::linux
