// The health check of run and create: --health-… and --no-healthcheck.
#pragma once

#include <optional>
#include <string>

#include "cli/options/options.h"
#include "engine/engine.h"

namespace minidock::cli {

class HealthOptions {
 public:
  void declare(Options& options);
  // Throws UsageError, in docker's words.
  void apply(const Options& options, engine::ContainerConfig& config) const;

 private:
  std::string command_;
  Nanoseconds interval_ = 0, timeout_ = 0, start_period_ = 0, start_interval_ = 0;
  std::optional<int64_t> retries_;
  bool none_ = false;
  std::string on_failure_ = "none";
};

}  // namespace minidock::cli
