#include "cli/pull_lines.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/text.h"
#include "cli/errors.h"
#include "cli/registry_settings.h"
#include "cli/terminal.h"

namespace minidock::cli {

namespace {

using State = engine::PullStep::State;

const char* words_of(State state) {
  switch (state) {
    case State::queued:
      return "Pulling fs layer";
    case State::present:
      return "Already exists";
    case State::downloading:
      return "Downloading";
    case State::downloaded:
      return "Download complete";
    case State::extracting:
      return "Extracting";
    case State::complete:
      return "Pull complete";
  }
  return "";
}

bool is_moving(State state) {
  return state == State::downloading || state == State::extracting;
}

std::string bar(uint64_t done, uint64_t total, Nanoseconds elapsed) {
  constexpr size_t kWidth = 25;  // with what follows it fits into 100 columns
  const size_t filled = total == 0 ? 0 : std::min<uint64_t>(kWidth, done * kWidth / total);
  const std::string head = filled == kWidth ? "" : ">";
  return cat("[", std::string(filled, '='), head, std::string(kWidth - filled - head.size(), ' '), "]  ",
             progress_text(done, total, elapsed));
}

}  // namespace

void PullLines::write(const std::string& text) const {
  write_all(fd_, text);
}

void PullLines::say(const std::string& text, const std::string& id) {
  if (form_ != ProgressForm::json) return write(cat(id, id.empty() ? "" : ": ", text, "\n"));
  nlohmann::json line = {{"status", text}};
  if (!id.empty()) line["id"] = id;
  write(line.dump() + "\n");
}

// Goes up to the layer's line and back.
void PullLines::draw(size_t layer) {
  const size_t up = lines_.size() - layer;
  write(cat("\x1b[", up, "A\r\x1b[2K", lines_[layer].id, ": ", lines_[layer].text, "\x1b[", up, "B\r"));
}

void PullLines::step(const engine::PullStep& step) {
  if (form_ == ProgressForm::none) return;
  const bool moving = is_moving(step.state);
  if (form_ != ProgressForm::terminal) {
    if (moving && form_ == ProgressForm::plain) return;
    if (!moving) return say(words_of(step.state), step.id);
    write(progress_json(step.id, words_of(step.state), step.done, step.total));
    return;
  }
  while (lines_.size() <= step.layer) {
    lines_.emplace_back();
    write("\n");
  }
  Line& line = lines_[step.layer];
  // Ten times a second is enough for the eye; a change of state is always shown.
  const Nanoseconds time = monotonic_now();
  if (moving && line.state == step.state && time - last_ < kSecond / 10) return;
  last_ = time;
  const Nanoseconds since = line.state == step.state && line.since != 0 ? line.since : time;
  const std::string how_far = moving ? cat(" ", bar(step.done, step.total, time - since)) : "";
  line = {step.id, cat(words_of(step.state), how_far), step.state, since};
  draw(step.layer);
}

engine::Engine::Pulled pull_with_lines(Context& context, const PullWish& wish) {
  const oci::Reference reference = oci::parse_reference(wish.reference);
  PullLines lines(wish.quiet ? ProgressForm::none : wish.form, wish.fd);
  engine::Engine::PullOptions options;
  options.reference = wish.reference;
  options.platform = wish.platform;
  options.registry = registry_settings(context.settings());
  if (!wish.quiet) {
    options.begun = [&](const std::string& repository) {
      lines.say(cat("Pulling from ", repository), reference.digest ? reference.digest->text() : reference.tag);
    };
    options.step = [&](const engine::PullStep& step) { lines.step(step); };
  }
  const engine::Engine::Pulled pulled = context.engine().pull_image(options);
  if (wish.quiet) return pulled;
  lines.say(cat("Digest: ", pulled.digest.text()));
  lines.say(
      cat("Status: ", pulled.newer ? "Downloaded newer image for " : "Image is up to date for ", pulled.familiar));
  return pulled;
}

bool try_pull_missing(Context& context, const PullWish& wish, const Error& missing) {
  const bool lacks_image =
      missing.kind() == ErrorKind::not_found && std::string_view(missing.what()).starts_with("No such image: ");
  const bool is_name = !oci::Digest::parse(wish.reference) && !oci::Digest::parse_hex(wish.reference);
  if (!lacks_image || !is_name || context.engine().store().find_image(wish.reference)) return false;
  if (!wish.quiet) {
    print_error(cat("Unable to find image '", oci::parse_reference(wish.reference).familiar(), "' locally"));
  }
  try {
    pull_with_lines(context, wish);
  } catch (const Error& error) {
    // What is near is still worth saying: most names that are nowhere are mistyped.
    throw Error(ErrorKind::not_found, cat(missing.what(), "; ", error.what()));
  }
  return true;
}

}  // namespace minidock::cli
