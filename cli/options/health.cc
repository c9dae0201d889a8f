#include "cli/options/health.h"

#include <climits>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "cli/errors.h"
#include "oci/health_check.h"

namespace minidock::cli {
namespace {

// Go's durations have a sign; what is negative is refused with a text of its own.
Nanoseconds parse_length(const std::string& text) {
  if (!text.starts_with('-') && !text.starts_with('+')) return oci::parse_go_duration(text);
  try {
    const Nanoseconds length = oci::parse_go_duration(std::string_view(text).substr(1));
    return text[0] == '-' ? -length : length;
  } catch (const Error&) {
    throw_error(ErrorKind::invalid, "time: invalid duration \"", printable(text), "\"");
  }
}

}  // namespace

void HealthOptions::declare(Options& options) {
  const auto length = [&](const std::string& name, Nanoseconds& target) {
    options.each(name, [&target](const std::string& text) { target = parse_length(text); });
  };
  options.text("--health-cmd", command_);
  length("--health-interval", interval_);
  length("--health-timeout", timeout_);
  length("--health-start-period", start_period_);
  length("--health-start-interval", start_interval_);
  options.number("--health-retries", retries_);
  options.flag("--no-healthcheck", none_);
  options.each("--health-on-failure", [this](const std::string& text) {
    engine::check_failure_action(text);
    on_failure_ = text;
  });
}

void HealthOptions::apply(const Options& options, engine::ContainerConfig& config) const {
  config.health_on_failure = on_failure_;
  const int64_t retries = retries_.value_or(0);
  const std::pair<const char*, int64_t> numbers[] = {{"interval", interval_},
                                                     {"timeout", timeout_},
                                                     {"retries", retries},
                                                     {"start-period", start_period_},
                                                     {"start-interval", start_interval_}};
  bool any = !command_.empty();
  for (const auto& number : numbers) any = any || number.second != 0;
  if (none_ && any) throw UsageError(options.command(), "--no-healthcheck conflicts with --health-* options");
  if (!none_ && !any) return;
  for (const auto& [name, number] : numbers) {
    if (number < 0) throw UsageError(options.command(), cat("--health-", name, " cannot be negative"));
  }
  if (retries > INT_MAX) throw UsageError(options.command(), cat("--health-retries ", retries, " is too large"));
  oci::HealthCheck check{{}, interval_, timeout_, start_period_, start_interval_, static_cast<int>(retries)};
  if (none_) check.test = {"NONE"};
  if (!command_.empty()) check.test = {"CMD-SHELL", command_};
  config.health_check = std::move(check);
}

}  // namespace minidock::cli
