// A log that is in systemd's journal. Source: docker's journald driver, whose fields these are.
#include "monitor/log_reader.h"

namespace minidock::monitor {

namespace {

std::string field(const linux::JournalEntry& entry, const char* name) {
  const auto found = entry.fields.find(name);
  return found == entry.fields.end() ? "" : found->second;
}

bool goes_on(const linux::JournalEntry& entry) {
  return field(entry, "CONTAINER_PARTIAL_MESSAGE") == "true";
}

}  // namespace

LogLine line_of(const linux::JournalEntry& entry) {
  LogLine line;
  line.text = field(entry, "MESSAGE");
  if (!goes_on(entry)) line.text += '\n';
  line.is_error = field(entry, "PRIORITY") == "3";
  // When the monitor got it, which is before the journal did.
  line.time = parse_rfc3339(field(entry, "SYSLOG_TIMESTAMP")).value_or(entry.time);
  return line;
}

std::optional<LogLine> LogReader::next_entry() {
  const auto entry = journal_->next();
  return entry ? std::optional(line_of(*entry)) : std::nullopt;
}

// A line in several parts is one.
void LogReader::skip_to_last_entries(uint64_t count) {
  journal_->seek_end();
  for (uint64_t lines = 0; const auto entry = journal_->previous();) {
    if (!goes_on(*entry) && ++lines > count) return;
  }
}

}  // namespace minidock::monitor
