// The options that run and create share: everything a container is made from. Checked here as far as the
// command line alone allows; what depends on the image or the host is the engine's to check.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options/health.h"
#include "cli/options/networks.h"
#include "cli/options/options.h"
#include "engine/engine.h"

namespace minidock::cli {

class ContainerOptions {
 public:
  ContainerOptions() = default;
  ContainerOptions(const ContainerOptions&) = delete;  // options point into it
  ContainerOptions& operator=(const ContainerOptions&) = delete;

  void declare(Options& options);
  // `operands` is IMAGE [COMMAND...]. Throws UsageError and invalid.
  engine::ContainerConfig build(const Options& options, const config::Settings& settings,
                                const std::vector<std::string>& operands);

  const std::string& name() const { return name_; }
  const std::string& cidfile() const { return cidfile_; }
  bool quiet() const { return quiet_; }
  const std::string& pull() const { return pull_; }  // "missing", "always", "never"
  const std::string& platform() const { return platform_; }
  bool attached(const std::string& stream) const;  // -a named it: "stdin", "stdout", "stderr"
  bool attach_given() const { return !attach_.empty(); }

 private:
  void declare_process(Options& options);
  void declare_files(Options& options);
  void declare_limits(Options& options);
  void declare_device_limits(Options& options);
  void declare_security(Options& options);
  void declare_network(Options& options);
  void declare_record(Options& options);
  void set_cpus();
  void set_modes(const Options& options);
  void set_memory(const Options& options);

  engine::ContainerConfig config_;
  HealthOptions health_;
  NetworkOptions networks_;
  std::string name_, cidfile_, pull_ = "missing", platform_;
  std::vector<std::string> attach_, environment_, environment_files_, label_files_;
  std::optional<int64_t> stop_timeout_, cpu_shares_, cpu_period_, cpu_quota_, pids_limit_, oom_score_, swappiness_;
  std::optional<int64_t> realtime_period_, realtime_runtime_;
  std::optional<uint64_t> nano_cpus_;
  bool quiet_ = false, ignored_ = false;
};

// Docker's container flags that belong to later versions: each is refused with one line.
void refuse_later_options(Options& options);

}  // namespace minidock::cli
