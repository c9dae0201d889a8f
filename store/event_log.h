// The log of events: RUN/events/log and, before it, log.1. It tells people and programs what happened; it is never the
// state: nothing is decided by it, it may miss a record (a full disk), and it goes with a reboot.
//
// A record is a newline, the JSON of an oci::Event, and a newline (linux/shared_log.h: how it is written and bounded).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "oci/event.h"

namespace minidock::store {

constexpr const char* kEventDirectory = "events";  // in RUN
constexpr const char* kEventFile = "log";

// Whatever fails is no failure of what happened: nothing is thrown and nothing is told.
void append_event(const std::string& run_root, const oci::Event& event) noexcept;

// Reads both files, and on as they grow. Nothing is lost to a reader that comes before two rotations are over.
class EventReader {
 public:
  explicit EventReader(const std::string& run_root);
  // What was written since the last call, each file's records in their order.
  std::vector<oci::Event> read();
  // Readable once there may be more: an inotify descriptor, for poll(2).
  int fd() const { return watch_.get(); }
  bool is_gone() const { return gone_; }  // the log was taken away: nothing comes any more

 private:
  struct File {
    Fd fd;
    std::string rest;  // a line without its end
  };
  void take_notices();
  void read_file(File& file, std::vector<oci::Event>& out);
  void follow_rotation(std::vector<oci::Event>& out);

  std::string log_;  // the path
  Fd watch_;
  bool gone_ = false;
  // Both are read each time: a writer that opened the file before it was rotated writes to it after.
  File older_, current_;
};

}  // namespace minidock::store
