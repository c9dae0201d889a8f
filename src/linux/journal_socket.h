// Where systemd-journald listens for entries (systemd's JOURNAL_NATIVE_PROTOCOL.md). Header-only: the static helper
// writes there.
#pragma once

namespace minidock::linux {

constexpr const char kJournalSocket[] = "/run/systemd/journal/socket";

}  // namespace minidock::linux
