// A pull as docker shows it: its lines, its layers' (layer_lines.h), and what `run` does for an image that is not here.
#pragma once

#include <string>

#include "cli/layer_lines.h"
#include "engine/engine.h"

namespace minidock::cli {

// "auto", "plain", "json", "quiet", "tty". Throws invalid. `fd` is where it is to appear.
LineForm parse_line_form(const std::string& text, int fd);

// `pull`, and what `run` and `create` do for an image that is not here: docker's lines to `fd`.
struct PullWish {
  std::string reference, platform;
  LineForm form = LineForm::none;
  bool quiet = false;
  int fd = 1;
};
engine::Engine::Pulled pull_with_lines(engine::Engine& engine, const PullWish& wish);

// From the environment: DOCKER_CONFIG, HOME, HTTP_PROXY, MINIDOCK_INSECURE_REGISTRIES, MINIDOCK_CERTIFICATES.
engine::RegistrySettings registry_settings();

// Where `missing` says that there is no such image, pulls it; false where it is about something else. Throws where the
// image cannot be had: what is missing, and why it did not come.
bool try_pull_missing(engine::Engine& engine, const PullWish& wish, const Error& missing);

// Calls `make`; where the image is not here, pulls it by `policy` ("missing", "always", "never") and calls it again.
template <typename Make>
auto with_image(engine::Engine& engine, const std::string& policy, const PullWish& wish, const Make& make) {
  if (policy == "always") pull_with_lines(engine, wish);
  if (policy != "missing") return make();
  try {
    return make();
  } catch (const Error& error) {
    if (!try_pull_missing(engine, wish, error)) throw;
  }
  return make();
}

}  // namespace minidock::cli
