#include "cli/layer_lines.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/text.h"

namespace minidock::cli {

namespace {

std::string bar(uint64_t done, uint64_t total) {
  constexpr size_t kWidth = 50;
  const size_t filled = total == 0 ? 0 : std::min<uint64_t>(kWidth, done * kWidth / total);
  const std::string head = filled == kWidth ? "" : ">";
  return cat("[", std::string(filled, '='), head, std::string(kWidth - filled - head.size(), ' '), "]  ",
             human_size(done), total == 0 ? "" : cat("/", human_size(total)));
}

}  // namespace

void LayerLines::write(const std::string& text) const {
  write_all(fd_, text);
}

void LayerLines::say(const std::string& text, const std::string& id) {
  if (form_ != LineForm::json) return write(cat(id, id.empty() ? "" : ": ", text, "\n"));
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
  if (form_ == LineForm::none) return;
  if (form_ == LineForm::json && step.moving) {
    return write(nlohmann::json{{"id", step.id},
                                {"status", step.text},
                                {"progressDetail", {{"current", step.done}, {"total", step.total}}}}
                     .dump() +
                 "\n");
  }
  if (form_ != LineForm::terminal && step.moving) return;
  while (lines_.size() <= step.layer) {
    lines_.emplace_back();
    if (form_ == LineForm::terminal) write("\n");
  }
  Line& line = lines_[step.layer];
  if (form_ != LineForm::terminal) {
    if (line.text != step.text) say(step.text, step.id);
    line.text = step.text;
    return;
  }
  // Ten times a second is enough for the eye; a change of state is always shown.
  const Nanoseconds time = monotonic_now();
  if (line.text == step.text && (!step.moving || time - last_ < kSecond / 10)) return;
  last_ = time;
  line = {step.id, step.text, cat(step.text, step.moving ? cat(" ", bar(step.done, step.total)) : "")};
  draw(step.layer);
}

}  // namespace minidock::cli
