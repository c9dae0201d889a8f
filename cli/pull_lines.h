// A pull as docker shows it: its lines, its layers' (layer_lines.h), and what `run` does for an image that is not here.
#pragma once

#include <string>

#include "cli/context.h"
#include "cli/layer_lines.h"
#include "engine/engine.h"

namespace minidock::cli {

// `pull`, and what `run` and `create` do for an image that is not here: docker's lines to `fd`.
struct PullWish {
  std::string reference, platform;  // with all tags: a name without any
  ProgressForm form = ProgressForm::none;
  bool quiet = false;
  int fd = 1;
};
engine::Engine::Pulled pull_with_lines(Context& context, const PullWish& wish);
void pull_all_with_lines(Context& context, const PullWish& wish);

// Where `missing` says that there is no such image, pulls it; false where it is about something else. Throws where the
// image cannot be had: what is missing, and why it did not come.
bool try_pull_missing(Context& context, const PullWish& wish, const Error& missing);

// Calls `make`; where the image is not here, pulls it by `policy` ("missing", "always", "never") and calls it again.
template <typename Make>
auto with_image(Context& context, const std::string& policy, const PullWish& wish, const Make& make) {
  if (policy == "always") pull_with_lines(context, wish);
  if (policy != "missing") return make();
  try {
    return make();
  } catch (const Error& error) {
    if (!try_pull_missing(context, wish, error)) throw;
  }
  return make();
}

}  // namespace minidock::cli
