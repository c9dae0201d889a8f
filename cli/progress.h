// How far a command has come that moves bytes: bytes, rate, time left. On a terminal a line that changes; elsewhere
// nothing, unless lines or JSON are asked for (--progress).
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"

namespace minidock::cli {

// "  54.6MB / 173MB  31%  210MB/s  1s left"; without a total only bytes and rate. Rates under a quarter of a
// second of measurement are left out: they are noise.
std::string progress_text(uint64_t done, uint64_t total, Nanoseconds elapsed);

enum class ProgressForm { none, terminal, plain, json };
// "auto" (a terminal's or none), "plain", "json", "none"; also "tty" and "quiet", docker's words. Throws invalid. `fd`
// is where it is to appear.
ProgressForm parse_progress_form(const std::string& text, int fd);

// {"id", "status", "progressDetail": {"current", "total"}}, as docker's API has it, and a line feed; without a total
// none is said.
std::string progress_json(const std::string& id, const std::string& status, uint64_t done, uint64_t total);

// The progress of one object, on standard error. On a terminal it is drawn over one line, ten times a second at most,
// which the destructor wipes; as JSON it comes as often, as plain lines once a second, and at the end of the bytes.
class ProgressLine {
 public:
  ProgressLine(std::string status, std::string object, ProgressForm form);  // "Importing", "a.tar"
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void update(uint64_t done, uint64_t total);
  void wipe();

 private:
  std::string status_, object_;
  ProgressForm form_;
  bool drawn_ = false;  // a terminal shows the line
  bool told_ = false, at_end_ = false;
  Nanoseconds started_, last_ = 0;
};

}  // namespace minidock::cli
