// How a container is asked to end: -t and -s of stop and restart.
#pragma once

#include <optional>

#include "cli/options/options.h"

namespace minidock::cli {

class StoppingOptions {
 public:
  void declare(Options& options);
  std::optional<int> timeout() const;  // seconds
  std::optional<int> signal() const { return signal_; }

 private:
  std::optional<int64_t> timeout_;
  std::optional<int> signal_;
};

}  // namespace minidock::cli
