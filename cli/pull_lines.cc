#include "cli/pull_lines.h"

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

}  // namespace

engine::Engine::Pulled pull_with_lines(Context& context, const PullWish& wish) {
  const oci::Reference reference = oci::parse_reference(wish.reference);
  LayerLines lines(wish.quiet ? ProgressForm::none : wish.form, wish.fd);
  engine::Engine::PullOptions options;
  options.reference = wish.reference;
  options.platform = wish.platform;
  options.registry = registry_settings(context.settings());
  options.keep_blobs = context.settings().keep_blobs.value;
  if (!wish.quiet) {
    options.begun = [&](const std::string& repository) {
      lines.say(cat("Pulling from ", repository), reference.digest ? reference.digest->text() : reference.tag);
    };
    options.step = [&](const engine::PullStep& step) {
      lines.step({step.layer, step.id, words_of(step.state), is_moving(step.state), step.done, step.total});
    };
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
