// The import's progress line on a terminal: bytes, rate, time left. Silent elsewhere.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"

namespace minidock::cli {

// "  54.6MB / 173MB  31%  210MB/s  1s left"; without a total only bytes and rate. Rates under a quarter of a
// second of measurement are left out: they are noise.
std::string progress_text(uint64_t done, uint64_t total, Nanoseconds elapsed);

// Draws over one line of standard error, ten times a second at most, and wipes it in the destructor.
class ProgressLine {
 public:
  explicit ProgressLine(std::string label);  // nothing is drawn unless standard error is a terminal
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void update(uint64_t done, uint64_t total);
  void wipe();

 private:
  std::string label_;
  bool enabled_;
  bool drawn_ = false;
  Nanoseconds started_, last_ = 0;
};

}  // namespace minidock::cli
