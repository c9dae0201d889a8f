#include "cli/progress.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
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

ProgressForm parse_progress_form(const std::string& text, int fd) {
  if (text == "auto") return is_terminal(fd) ? ProgressForm::terminal : ProgressForm::none;
  if (text == "tty") return ProgressForm::terminal;
  if (text == "plain") return ProgressForm::plain;
  if (text == "json") return ProgressForm::json;
  if (text == "none" || text == "quiet") return ProgressForm::none;
  throw_error(ErrorKind::invalid, "invalid progress \"", printable(text), "\": use auto, plain, json or none");
}

std::string progress_json(const std::string& id, const std::string& status, uint64_t done, uint64_t total) {
  nlohmann::json detail = {{"current", done}};
  if (total != 0) detail["total"] = total;
  return nlohmann::json{{"id", id}, {"status", status}, {"progressDetail", detail}}.dump(
             -1, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

ProgressLine::ProgressLine(std::string status, std::string object, ProgressForm form)
    : status_(std::move(status)), object_(std::move(object)), form_(form), started_(monotonic_now()) {}

ProgressLine::~ProgressLine() {
  wipe();
}

void ProgressLine::update(uint64_t done, uint64_t total) {
  if (form_ == ProgressForm::none) return;
  const Nanoseconds time = monotonic_now();
  const bool is_end = total != 0 && done >= total;
  const bool is_news = is_end && !at_end_;
  at_end_ = is_end;
  const Nanoseconds pause = form_ == ProgressForm::plain ? kSecond : kSecond / 10;
  if (told_ && !is_news && time - last_ < pause) return;
  last_ = time;
  told_ = true;
  if (form_ == ProgressForm::json) return draw(progress_json(object_, status_, done, total));
  const std::string text = cat(status_, " ", printable(object_), ": ", progress_text(done, total, time - started_));
  if (form_ == ProgressForm::plain) return draw(text + "\n");
  drawn_ = true;
  draw(cat(kWipe, text));
}

void ProgressLine::wipe() {
  if (drawn_) draw(kWipe);
  drawn_ = false;
}

}  // namespace minidock::cli
