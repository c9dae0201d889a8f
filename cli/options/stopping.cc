#include "cli/options/stopping.h"

#include "base/signals.h"
#include "cli/errors.h"

namespace minidock::cli {

void StoppingOptions::declare(Options& options) {
  options.number("-t,--timeout,--time", timeout_);
  options.each_of_engine("-s,--signal", [this](const std::string& text) { signal_ = parse_signal(text); });
}

engine::StopOptions StoppingOptions::get() const {
  return {timeout(), signal_, [](const std::string& text) { print_warning(text); }};
}

std::optional<int> StoppingOptions::timeout() const {
  return timeout_ ? std::optional(static_cast<int>(*timeout_)) : std::nullopt;
}

}  // namespace minidock::cli
