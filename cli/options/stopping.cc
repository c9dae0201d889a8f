#include "cli/options/stopping.h"

#include "base/signals.h"

namespace minidock::cli {

void StoppingOptions::declare(Options& options) {
  options.number("-t,--timeout,--time", timeout_);
  options.each("-s,--signal", [this](const std::string& text) { signal_ = parse_signal(text); });
}

std::optional<int> StoppingOptions::timeout() const {
  return timeout_ ? std::optional(static_cast<int>(*timeout_)) : std::nullopt;
}

}  // namespace minidock::cli
