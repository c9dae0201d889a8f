// How a container is asked to end: -t and -s of stop and restart.
#pragma once

#include <optional>

#include "cli/options/options.h"
#include "engine/engine.h"

namespace minidock::cli {

class StoppingOptions {
 public:
  void declare(Options& options);
  engine::StopOptions get() const;  // with a notice that is printed as a warning

 private:
  std::optional<int> timeout() const;  // seconds
  std::optional<int64_t> timeout_;
  std::optional<int> signal_;
};

}  // namespace minidock::cli
