#include "engine/health.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "engine/launching.h"

namespace minidock::engine {

namespace {

// Docker's figures.
constexpr Nanoseconds kInterval = 30 * kSecond, kTimeout = 30 * kSecond, kStartInterval = 5 * kSecond;
constexpr Nanoseconds kLeast = kSecond / 1000;
constexpr int kRetries = 3;
constexpr size_t kLogEntries = 5;
// A hundred years: sums of it and a clock stay numbers.
constexpr Nanoseconds kMost = 3'000'000'000 * kSecond;

// security: an image may say anything; a check every nanosecond would be one without a pause.
Nanoseconds or_default(Nanoseconds length, Nanoseconds standard) {
  return length < kLeast ? standard : std::min(length, kMost);
}

template <typename Value>
void inherit(Value& own, const Value& images) {
  if (own == Value()) own = images;
}

}  // namespace

const char* health_name(HealthStatus status) {
  switch (status) {
    case HealthStatus::starting:
      return "starting";
    case HealthStatus::healthy:
      return "healthy";
    case HealthStatus::unhealthy:
      return "unhealthy";
  }
  return "unknown";
}

void check_failure_action(std::string_view action) {
  const std::string_view known[] = {"none", "kill", "restart", "stop"};
  if (std::find(std::begin(known), std::end(known), action) != std::end(known)) return;
  throw_error(ErrorKind::invalid, "invalid on-failure action \"", printable(action),
              "\" for health check: supported actions are none,kill,restart,stop");
}

std::optional<oci::HealthCheck> asked_health_check(const ContainerConfig& config) {
  const std::optional<oci::HealthCheck>& images = config.image_defaults.health_check;
  if (!config.health_check || !images) return config.health_check ? config.health_check : images;
  oci::HealthCheck check = *config.health_check;
  inherit(check.test, images->test);
  inherit(check.interval, images->interval);
  inherit(check.timeout, images->timeout);
  inherit(check.start_period, images->start_period);
  inherit(check.start_interval, images->start_interval);
  inherit(check.retries, images->retries);
  return check;
}

std::optional<oci::HealthCheck> health_check(const ContainerConfig& config) {
  std::optional<oci::HealthCheck> check = asked_health_check(config);
  if (!check || check->test.empty()) return std::nullopt;
  if (check->test[0] != "CMD" && check->test[0] != "CMD-SHELL") return std::nullopt;
  check->interval = or_default(check->interval, kInterval);
  check->timeout = or_default(check->timeout, kTimeout);
  check->start_period = or_default(check->start_period, 0);
  check->start_interval = or_default(check->start_interval, kStartInterval);
  if (check->retries <= 0) check->retries = kRetries;
  return check;
}

std::vector<std::string> probe_command(const oci::HealthCheck& check, const ContainerConfig& config) {
  std::vector<std::string> words;
  if (check.test[0] == "CMD-SHELL") {
    words = config.image_defaults.shell;
    if (words.empty()) words = {"/bin/sh", "-c"};
  }
  words.insert(words.end(), check.test.begin() + 1, check.test.end());
  if (words.empty()) throw_error(ErrorKind::invalid, "No command specified");
  return words;
}

HealthStep take_result(Health health, ProbeResult result, const oci::HealthCheck& check, Nanoseconds age) {
  const HealthStatus before = health.status;
  if (result.exit_code == 0) {
    health.failing_streak = 0;
    health.status = HealthStatus::healthy;
  } else if (before != HealthStatus::starting || age >= check.start_period) {
    ++health.failing_streak;
    if (health.failing_streak >= check.retries) health.status = HealthStatus::unhealthy;
  }
  if (health.log.size() >= kLogEntries) health.log.erase(health.log.begin());
  health.log.push_back(std::move(result));
  const bool changed = health.status != before;
  return {std::move(health), changed};
}

void ProbeOutput::add(std::string_view data) {
  const size_t room = kMost - text_.size();
  cut_ = cut_ || data.size() > room;
  text_ += data.substr(0, room);
}

std::string ProbeOutput::text() const {
  return cut_ ? text_ + "..." : text_;
}

void add_health_check(const store::Store& store, const store::ContainerRow& row, const ContainerConfig& config,
                      monitor::LaunchRequest& request) {
  const auto check = health_check(config);
  if (!check) return;
  request.health = own_command(store.location(), "__health", row.id);
  request.health_times = {check->interval, check->start_interval, check->start_period};
}

}  // namespace minidock::engine
