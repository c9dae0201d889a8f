#include "cli/progress.h"

#include <unistd.h>

#include "base/text.h"
#include "cli/terminal.h"

namespace minidock::cli {
namespace {

constexpr std::string_view kWipe = "\r\x1b[K";

void draw(std::string_view text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

std::string time_left(uint64_t seconds) {
  if (seconds < 60) return cat(seconds, "s left");
  return cat(seconds / 60, "m", seconds % 60, "s left");
}

}  // namespace

std::string progress_text(uint64_t done, uint64_t total, Nanoseconds elapsed) {
  std::string text = human_size(done);
  if (total != 0) text += cat(" / ", human_size(total), "  ", done >= total ? 100 : done * 100 / total, "%");
  if (elapsed < kSecond / 4) return text;
  const auto rate = static_cast<uint64_t>(static_cast<double>(done) * kSecond / static_cast<double>(elapsed));
  text += cat("  ", human_size(rate), "/s");
  if (total > done && rate > 0) text += cat("  ", time_left((total - done + rate - 1) / rate));
  return text;
}

ProgressLine::ProgressLine(std::string label)
    : label_(std::move(label)), enabled_(is_terminal(STDERR_FILENO)), started_(monotonic_now()) {}

ProgressLine::~ProgressLine() {
  wipe();
}

void ProgressLine::update(uint64_t done, uint64_t total) {
  if (!enabled_) return;
  const Nanoseconds time = monotonic_now();
  if (drawn_ && time - last_ < kSecond / 10) return;
  last_ = time;
  drawn_ = true;
  draw(cat(kWipe, label_, ": ", progress_text(done, total, time - started_)));
}

void ProgressLine::wipe() {
  if (drawn_) draw(kWipe);
  drawn_ = false;
}

}  // namespace minidock::cli
