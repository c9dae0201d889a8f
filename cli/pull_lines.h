// What a pull shows: on a terminal a line a layer, which changes as it comes; elsewhere nothing of the layers, or a
// line a step, or JSON in the form of docker's API ({"id", "status", "progressDetail"}).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "cli/context.h"
#include "cli/progress.h"
#include "engine/engine.h"

namespace minidock::cli {

class PullLines {
 public:
  PullLines(ProgressForm form, int fd) : form_(form), fd_(fd) {}

  void say(const std::string& text, const std::string& id = "");  // a line of its own
  void step(const engine::PullStep& step);

 private:
  struct Line {
    std::string id, text;
    engine::PullStep::State state = engine::PullStep::State::queued;
    Nanoseconds since = 0;  // it is in that state
  };
  void write(const std::string& text) const;
  void draw(size_t layer);

  ProgressForm form_;
  int fd_;
  std::vector<Line> lines_;
  Nanoseconds last_ = 0;
};

// `pull`, and what `run` and `create` do for an image that is not here: docker's lines to `fd`.
struct PullWish {
  std::string reference, platform;
  ProgressForm form = ProgressForm::none;
  bool quiet = false;
  int fd = 1;
};
engine::Engine::Pulled pull_with_lines(Context& context, const PullWish& wish);

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
