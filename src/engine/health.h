// A container's health: what its check says about it, by docker's rules, and the file that keeps it.
//
// The monitor keeps the time and executes `minidock __health ID` (monitor/probe_rule.h); Engine::probe() does one
// check.
//   RUN/containers/<id>/health       status and last results of one run, replaced by rename; void in the next run
//   RUN/containers/<id>/health.lock  held by who is checking: one at a time
// A container without a check has neither.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "engine/container_config.h"
#include "monitor/launch.h"
#include "oci/image_config.h"
#include "store/store.h"

namespace minidock::engine {

enum class HealthStatus { starting, healthy, unhealthy };
const char* health_name(HealthStatus status);  // "starting", …

struct ProbeResult {
  Nanoseconds start = 0, end = 0;
  int exit_code = 0;  // -1: it could not be started, or did not come to its end
  std::string output;
};

struct Health {
  HealthStatus status = HealthStatus::starting;
  int failing_streak = 0;
  std::vector<ProbeResult> log;  // the last five, oldest first
  std::string action;            // of --health-on-failure, where it was taken in this run
};

// "none", "kill", "restart", "stop". Throws invalid, in podman's words, for another.
void check_failure_action(std::string_view action);

// The user's options over the image's, field by field, as `inspect` shows them; nullopt where neither says anything.
std::optional<oci::HealthCheck> asked_health_check(const ContainerConfig& config);
// The same with docker's defaults filled in; nullopt where nothing is to be run.
std::optional<oci::HealthCheck> health_check(const ContainerConfig& config);
// What runs in the container. Throws invalid where there is nothing to run.
std::vector<std::string> probe_command(const oci::HealthCheck& check, const ContainerConfig& config);

// Docker's rules. `age`: how long the container had run when the probe began; `check` with its defaults filled in.
struct HealthStep {
  Health health;
  bool changed = false;  // its status
};
HealthStep take_result(Health health, ProbeResult result, const oci::HealthCheck& check, Nanoseconds age);

// What is known of the run that `run` describes; nullopt before its first result.
std::optional<Health> find_health(const std::string& run_directory, const monitor::RunState& run);
void write_health(const std::string& run_directory, const monitor::RunState& run, const Health& health);

// What a probe has written so far, as much as docker keeps.
class ProbeOutput {
 public:
  static constexpr size_t kMost = 4096;  // bytes
  void add(std::string_view data);
  std::string text() const;  // ends in "..." where some is missing

 private:
  std::string text_;
  bool cut_ = false;
};

// The part of a launch request; nothing for a container without a check.
void add_health_check(const store::Store& store, const store::ContainerRow& row, const ContainerConfig& config,
                      monitor::LaunchRequest& request);

}  // namespace minidock::engine
