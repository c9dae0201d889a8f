// validate(): what must hold before a container exists. What depends on the host is checked with the Plan.
#include <set>

#include "base/error.h"
#include "base/signals.h"
#include "base/text.h"
#include "engine/container_config.h"
#include "engine/engine.h"
#include "engine/health.h"
#include "engine/id_map.h"
#include "engine/networks.h"
#include "engine/security_options.h"
#include "linux/links.h"
#include "oci/path.h"

namespace minidock::engine {

namespace {

template <typename... Parts>
[[noreturn]] void refuse(const Parts&... parts) {
  throw_error(ErrorKind::invalid, parts...);
}

// A bare "K" was looked up by the command line already; here it could only come from somewhere else.
void check_process(const ContainerConfig& config) {
  command_line(config);
  for (const std::string& variable : config.env) {
    const size_t equals = variable.find('=');
    if (equals == 0 || equals == std::string::npos) refuse("invalid environment variable: ", printable(variable));
  }
  if (!config.working_dir.empty() && config.working_dir[0] != '/') {
    refuse("the working directory '", printable(config.working_dir), "' is invalid, it needs to be an absolute path");
  }
  parse_signal(stop_signal(config));
}

void check_names(const ContainerConfig& config) {
  if (config.uts_mode == "host" && !config.hostname.empty()) refuse("conflicting options: hostname and the UTS mode");
}

void check_networks(const ContainerConfig& config) {
  std::set<std::string> names;
  for (const NetworkOption& option : config.networks) {
    if (!names.insert(option.network).second) {
      refuse("network \"", printable(option.network), "\" is specified multiple times");
    }
    if (!option.mac.empty() && !linux::parse_mac(option.mac)) {
      refuse(printable(option.mac), " is not a valid mac address");
    }
    if (option.network != kDefaultNetwork) continue;
    if (!option.ipv4.empty() || !option.ipv6.empty()) {
      refuse("user specified IP address is supported on user defined networks only");
    }
    if (!option.aliases.empty()) {
      refuse("network-scoped alias is supported only for containers in user defined networks");
    }
  }
  if (config.networks.empty() && config.network.starts_with(kContainerMode) &&
      (!config.published.empty() || config.publish_all)) {
    refuse("conflicting options: port publishing and the container type network mode");
  }
}

// Compared as clean paths: /a and /b/../a are one place in the container.
void check_mounts(const ContainerConfig& config) {
  std::set<std::string> targets;
  for (const MountOption& mount : config.mounts) {
    if (mount.target.empty() || mount.target[0] != '/') {
      refuse("invalid mount config for type \"", mount.type, "\": invalid mount path: '", printable(mount.target),
             "' mount path must be absolute");
    }
    const std::string target = oci::clean_path("", mount.target);
    if (target == "/") refuse("invalid specification: destination can't be '/'");
    if (!targets.insert(target).second) refuse("Duplicate mount point: ", printable(target));
    if (!mount.id_map.empty()) parse_id_maps(mount.id_map);
  }
  for (const std::string& volume : config.image_defaults.volumes) {
    const std::string target = oci::clean_path("", volume);
    // security: an image that covers /proc or /sys decides what later reads of them see (CVE-2019-16884).
    for (const char* system : {"/proc", "/sys", "/dev"}) {
      if (target == "/" || oci::is_within(target, system)) {
        refuse("the image declares a volume at ", printable(target), ", where no image may put one; use another image");
      }
    }
  }
}

void check_limits(const ContainerConfig& config) {
  for (const UlimitOption& limit : config.ulimits) {
    const bool soft_is_more = limit.hard != -1 && (limit.soft == -1 || limit.soft > limit.hard);
    if (soft_is_more) {
      refuse("ulimit soft limit must be less than or equal to hard limit: ", limit.soft, " > ", limit.hard);
    }
  }
  if (config.oom_score_adj && (*config.oom_score_adj < -1000 || *config.oom_score_adj > 1000)) {
    refuse("Invalid value ", *config.oom_score_adj, ", range for oom score adj is [-1000, 1000]");
  }
  if (config.shm_size && *config.shm_size < 0) refuse("SHM size can not be less than 0");
  const oci::Resources& resources = config.resources;
  if (resources.memory_swap.value_or(0) > 0 && resources.memory_limit.value_or(0) == 0) {
    refuse("You should always set the Memory limit when using Memoryswap limit, see usage");
  }
  if (resources.memory_swap.value_or(0) > 0 && *resources.memory_swap < *resources.memory_limit) {
    refuse("Minimum memoryswap limit should be larger than memory limit, see usage");
  }
}

void check_health(const ContainerConfig& config) {
  if (config.health_on_failure != "none" && !health_check(config)) {
    refuse("cannot set on-failure action to ", config.health_on_failure, " without a health check");
  }
  if (!config.health_check) return;
  const oci::HealthCheck& check = *config.health_check;
  const std::pair<const char*, Nanoseconds> lengths[] = {{"Interval", check.interval},
                                                         {"Timeout", check.timeout},
                                                         {"StartPeriod", check.start_period},
                                                         {"StartInterval", check.start_interval}};
  for (const auto& [name, length] : lengths) {
    if (length != 0 && length < kSecond / 1000) refuse(name, " in Healthcheck cannot be less than 1ms");
  }
  if (check.retries < 0) refuse("Retries in Healthcheck cannot be negative");
}

}  // namespace

void validate(const ContainerConfig& config) {
  if (config.auto_remove && config.restart.name != "no")
    throw_error(ErrorKind::invalid, "conflicting options: cannot specify both --restart and --rm");
  check_process(config);
  check_names(config);
  check_networks(config);
  check_mounts(config);
  check_limits(config);
  check_health(config);
  read_security_options(config.security_options);
}

}  // namespace minidock::engine
