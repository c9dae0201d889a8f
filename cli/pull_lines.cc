#include "cli/pull_lines.h"

#include <optional>

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

// What is said of one pull after the other. Where nothing is to be said, the options have nobody to tell.
class Lines {
 public:
  Lines(Context& context, const PullWish& wish) : wish_(wish), head_(wish.form, wish.fd) {
    options_.reference = wish.reference;
    options_.platform = wish.platform;
    options_.registry = registry_settings(context.settings());
    options_.keep_blobs = context.settings().keep_blobs.value;
    if (wish.quiet) return;
    options_.begun = [this](const std::string& repository, const std::string& tag) {
      head_.say(cat("Pulling from ", repository), tag);
    };
    options_.step = [this](const engine::PullStep& step) {
      if (!layers_) layers_.emplace(wish_.form, wish_.fd);
      layers_->step({step.layer, step.id, words_of(step.state), is_moving(step.state), step.done, step.total});
    };
    options_.pulled = [this](const engine::Engine::Pulled& pulled) {
      layers_.reset();  // the next tag has lines of its own
      head_.say(cat("Digest: ", pulled.digest.text()));
    };
  }

  const engine::Engine::PullOptions& options() const { return options_; }
  void end(bool newer, const std::string& name) {
    if (wish_.quiet) return;
    head_.say(cat("Status: ", newer ? "Downloaded newer image for " : "Image is up to date for ", name));
  }

 private:
  const PullWish& wish_;
  engine::Engine::PullOptions options_;
  LayerLines head_;
  std::optional<LayerLines> layers_;
};

}  // namespace

engine::Engine::Pulled pull_with_lines(Context& context, const PullWish& wish) {
  Lines lines(context, wish);
  engine::Engine::Pulled pulled = context.engine().pull_image(lines.options());
  lines.end(pulled.newer, pulled.familiar);
  return pulled;
}

void pull_all_with_lines(Context& context, const PullWish& wish) {
  Lines lines(context, wish);
  const bool newer = context.engine().pull_all_tags(lines.options());
  lines.end(newer, oci::parse_reference(wish.reference).familiar_name());
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
