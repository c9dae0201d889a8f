#include "cli/layer_lines.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/text.h"

namespace minidock::cli {

namespace {

std::string bar(uint64_t done, uint64_t total, Nanoseconds elapsed) {
  constexpr size_t kWidth = 25;  // with what follows it fits into 100 columns
  const size_t filled = total == 0 ? 0 : std::min<uint64_t>(kWidth, done * kWidth / total);
  const std::string head = filled == kWidth ? "" : ">";
  return cat("[", std::string(filled, '='), head, std::string(kWidth - filled - head.size(), ' '), "]  ",
             progress_text(done, total, elapsed));
}

}  // namespace

void LayerLines::write(const std::string& text) const {
  write_all(fd_, text);
}

void LayerLines::say(const std::string& text, const std::string& id) {
  if (form_ != ProgressForm::json) return write(cat(id, id.empty() ? "" : ": ", text, "\n"));
  nlohmann::json line = {{"status", text}};
  if (!id.empty()) line["id"] = id;
  write(line.dump() + "\n");
}

// Goes up to the layer's line and back.
void LayerLines::draw(size_t layer) {
  const size_t up = lines_.size() - layer;
  write(cat("\x1b[", up, "A\r\x1b[2K", lines_[layer].id, ": ", lines_[layer].shown, "\x1b[", up, "B\r"));
}

void LayerLines::step(const LayerStep& step) {
  if (form_ == ProgressForm::none) return;
  if (form_ == ProgressForm::json && step.moving) {
    return write(progress_json(step.id, step.text, step.done, step.total));
  }
  if (form_ != ProgressForm::terminal && step.moving) return;
  while (lines_.size() <= step.layer) {
    lines_.emplace_back();
    if (form_ == ProgressForm::terminal) write("\n");
  }
  Line& line = lines_[step.layer];
  if (form_ != ProgressForm::terminal) {
    if (line.text != step.text) say(step.text, step.id);
    line.text = step.text;
    return;
  }
  // Ten times a second is enough for the eye; a change of state and the last of the bytes are always shown.
  const Nanoseconds time = monotonic_now();
  const bool is_at_end = step.total != 0 && step.done >= step.total;
  if (line.text == step.text && (!step.moving || (!is_at_end && time - last_ < kSecond / 10))) return;
  last_ = time;
  const Nanoseconds since = line.text == step.text && line.since != 0 ? line.since : time;
  const std::string how_far = step.moving ? cat(" ", bar(step.done, step.total, time - since)) : "";
  line = {step.id, step.text, cat(step.text, how_far), since};
  draw(step.layer);
}

}  // namespace minidock::cli
