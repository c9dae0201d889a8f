// The system journal. Writing is the monitor's (monitor/helper/log_journal.cc); this part reads, by libsystemd's
// sd-journal, which is loaded when first needed and never linked (docs/decisions/0016-journald.md).
// Sources: sd-journal(3) and its pages, systemd.journal-fields(7).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/time.h"

namespace minidock::linux {

struct JournalEntry {
  Nanoseconds time = 0;  // when journald got it
  std::map<std::string, std::string> fields;
};

class Journal {
 public:
  static bool is_there();  // somebody listens, or did
  // Entries with this "FIELD=value", from the oldest. Throws unsupported where the library is missing.
  static Journal open(const std::string& match);
  Journal(Journal&&) noexcept;
  Journal& operator=(Journal&&) noexcept;
  ~Journal();

  // nullopt at the present end: call again when more was written.
  std::optional<JournalEntry> next();
  // The entry before; nullopt at the beginning, from where next() then goes on. After seek_end() the last one.
  std::optional<JournalEntry> previous();
  void seek_end();

 private:
  struct Handle;
  explicit Journal(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

}  // namespace minidock::linux
