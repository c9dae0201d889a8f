#include "cli/options/container_options.h"

#include <algorithm>

#include "base/signals.h"
#include "cli/detach_keys.h"
#include "cli/errors.h"
#include "cli/options/device_limits.h"
#include "cli/options/environment.h"
#include "cli/options/mounts.h"
#include "cli/options/quantities.h"
#include "cli/options/security.h"
#include "cli/options/single_choices.h"

namespace minidock::cli {
namespace {

[[noreturn]] void fail(const Options& options, const std::string& message, std::optional<int> status = std::nullopt) {
  throw UsageError(options.command(), message, status);
}

void set_sysctl(std::map<std::string, std::string>& sysctls, const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw_error(ErrorKind::invalid, "sysctl '", printable(text), "' is not allowed: write NAME=VALUE");
  }
  sysctls[text.substr(0, equals)] = text.substr(equals + 1);
}

void set_log_option(std::map<std::string, std::string>& options, const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) throw_error(ErrorKind::invalid, "invalid logging option: write NAME=VALUE");
  options[text.substr(0, equals)] = text.substr(equals + 1);
}

void check_driver(const std::string& text) {
  if (text == "local" || text == "json-file" || text == "journald" || text == "none") return;
  throw_error(ErrorKind::unsupported, "log driver ", printable(text),
              " is not supported: use local, json-file, journald or none");
}

// One of the namespace options: "host" or a private namespace; "" stands for private.
std::string namespace_mode(const Options& options, const std::string& flag, const std::string& label,
                           const std::string& value, std::initializer_list<const char*> private_words) {
  if (value.empty() || value == "host") return value;
  if (std::find(private_words.begin(), private_words.end(), value) != private_words.end()) return "";
  if (value.starts_with("container:"))
    fail(options, cat(flag, " container:… is not supported yet: use host or private"));
  fail(options, cat(flag, ": invalid ", label, " mode"));
}

}  // namespace

void ContainerOptions::declare(Options& options) {
  declare_process(options);
  declare_files(options);
  declare_limits(options);
  declare_security(options);
  declare_network(options);
  declare_record(options);
  health_.declare(options);
  refuse_later_options(options);
  options.end_at_first_operand();
}

void ContainerOptions::declare_process(Options& options) {
  options.flag("-i,--interactive", config_.open_stdin);
  options.flag("-t,--tty", config_.tty);
  options.each("-a,--attach", [this](const std::string& text) {
    const std::string stream = lower(text);
    if (stream != "stdin" && stream != "stdout" && stream != "stderr") {
      throw_error(ErrorKind::invalid, "valid streams are STDIN, STDOUT and STDERR");
    }
    attach_.push_back(stream);
  });
  options.each("-e,--env", [this](const std::string& text) { add_environment(environment_, text); });
  options.list("--env-file", environment_files_);
  options.text("-w,--workdir", config_.working_dir);
  options.text("-u,--user", config_.user);
  options.list("--group-add", config_.add_groups);
  options.text("--entrypoint", config_.entrypoint);
  options.flag("--init", config_.init);
  options.each("--stop-signal", [this](const std::string& text) {
    parse_signal(text);
    config_.stop_signal = text;
  });
  options.number("--stop-timeout", stop_timeout_);
  options.each("--timeout", [this](const std::string& text) {
    const auto seconds = parse_int(text);
    if (!seconds || *seconds < 0 || *seconds > INT32_MAX)
      throw_error(ErrorKind::invalid, "invalid argument \"", printable(text), "\": a number of seconds");
    config_.run_timeout = static_cast<int>(*seconds);
  });
  options.number("--oom-score-adj", oom_score_);
  options.each("--umask", [this](const std::string& text) {
    const auto mask = parse_octal(text);
    if (!mask || *mask > 0777) throw_error(ErrorKind::invalid, "not an octal number from 0 to 0777");
    config_.umask = static_cast<uint32_t>(*mask);
  });
}

void ContainerOptions::declare_files(Options& options) {
  options.flag("--read-only", config_.read_only);
  options.each("-v,--volume", [this](const std::string& text) { config_.mounts.push_back(parse_volume(text)); });
  options.each("--mount", [this](const std::string& text) { config_.mounts.push_back(parse_mount(text)); });
  options.each("--tmpfs", [this](const std::string& text) { config_.mounts.push_back(parse_tmpfs(text)); });
  options.list("--volumes-from", config_.volumes_from);
  options.each("--device", [this](const std::string& text) {
    check_device(text);
    config_.devices.push_back(text);
  });
  options.each("--shm-size", [this](const std::string& text) { config_.shm_size = parse_size(text); });
}

void ContainerOptions::declare_limits(Options& options) {
  oci::Resources& resources = config_.resources;
  options.each("-m,--memory", [&](const std::string& text) { resources.memory_limit = parse_size(text); });
  options.each("--memory-swap", [&](const std::string& text) { resources.memory_swap = parse_swap_size(text); });
  options.each("--memory-reservation",
               [&](const std::string& text) { resources.memory_reservation = parse_size(text); });
  options.number("--memory-swappiness", swappiness_);
  options.flag("--oom-kill-disable", resources.disable_oom_killer);
  options.each("--cpus", [this](const std::string& text) { nano_cpus_ = parse_nano_cpus(text); });
  options.number("-c,--cpu-shares", cpu_shares_);
  options.number("--cpu-period", cpu_period_);
  options.number("--cpu-quota", cpu_quota_);
  options.number("--cpu-rt-period", realtime_period_);
  options.number("--cpu-rt-runtime", realtime_runtime_);
  options.text("--cpuset-cpus", resources.cpuset_cpus);
  options.text("--cpuset-mems", resources.cpuset_mems);
  options.number("--pids-limit", pids_limit_);
  options.each("--blkio-weight", [&](const std::string& text) {
    const auto weight = parse_int(text);
    if (!weight || *weight < 10 || *weight > 1000)
      throw_error(ErrorKind::invalid, "range of blkio weight is from 10 to 1000");
    resources.blkio_weight = static_cast<uint16_t>(*weight);
  });
  declare_device_limits(options);
  options.each("--ulimit", [this](const std::string& text) { config_.ulimits.push_back(parse_ulimit(text)); });
}

void ContainerOptions::declare_device_limits(Options& options) {
  const auto list = [&options](const char* names, std::string (*parse)(const std::string&),
                               std::vector<std::string>& values) {
    options.each(names, [parse, &values](const std::string& text) { values.push_back(parse(text)); });
  };
  list("--blkio-weight-device", parse_device_weight, config_.block_weights);
  list("--device-read-bps", parse_device_bytes, config_.block_read_bytes);
  list("--device-write-bps", parse_device_bytes, config_.block_write_bytes);
  list("--device-read-iops", parse_device_operations, config_.block_read_operations);
  list("--device-write-iops", parse_device_operations, config_.block_write_operations);
  options.each("--device-cgroup-rule", [this](const std::string& text) {
    check_device_rule(text);
    config_.device_rules.push_back(text);
  });
}

void ContainerOptions::declare_security(Options& options) {
  options.list("--cap-add", config_.cap_add);
  options.list("--cap-drop", config_.cap_drop);
  options.each("--security-opt",
               [this](const std::string& text) { config_.security_options.push_back(parse_security_option(text)); });
  options.flag("--privileged", config_.privileged);
  options.text("--pid", config_.pid_mode);
  options.text("--ipc", config_.ipc_mode);
  options.text("--uts", config_.uts_mode);
  options.text("--cgroupns", config_.cgroupns_mode);
  options.text("--cgroup-parent", config_.cgroup_parent);
  options.each("--sysctl", [this](const std::string& text) { set_sysctl(config_.sysctls, text); });
}

void ContainerOptions::declare_network(Options& options) {
  networks_.declare(options);
  options.text("-h,--hostname", config_.hostname);
  options.text("--domainname", config_.domainname);
  options.each("--dns", [this](const std::string& text) {
    check_address(text);
    config_.dns.push_back(text);
  });
  options.list("--dns-search", config_.dns_search);
  options.list("--dns-option,--dns-opt", config_.dns_options);
  options.each("--add-host", [this](const std::string& text) {
    check_add_host(text);
    config_.add_hosts.push_back(text);
  });
}

void ContainerOptions::declare_record(Options& options) {
  options.text("--name", name_);
  options.flag("--rm", config_.auto_remove);
  options.each("-l,--label", [this](const std::string& text) { add_label(config_.labels, text); });
  options.list("--label-file", label_files_);
  options.text("--cidfile", cidfile_);
  options.each("--restart", [this](const std::string& text) { config_.restart = engine::parse_restart_policy(text); });
  options.each("--log-driver", [this](const std::string& text) {
    check_driver(text);
    config_.log_driver = text;
  });
  options.each("--log-opt", [this](const std::string& text) { set_log_option(config_.log_options, text); });
  options.each("--runtime", check_runtime);
  options.each("--volume-driver", check_volume_driver);
  options.each("--storage-opt", check_storage_option);
  options.each("--userns", check_user_namespace);
  options.each("--annotation", [this](const std::string& text) { add_annotation(config_.annotations, text); });
  options.flag("--disable-content-trust", ignored_);  // docker's own is void too
  options.each("--pull", [this](const std::string& text) {
    if (text != "always" && text != "missing" && text != "never") {
      throw_error(ErrorKind::invalid, "invalid pull option: '", printable(text),
                  "': must be one of \"always\", \"missing\" or \"never\"");
    }
    pull_ = text;
  });
  options.each("--platform", [this](const std::string& text) {
    check_platform(text);
    platform_ = text;
  });
  options.each("--isolation", [](const std::string& text) {
    if (text == "default" || text.empty()) return;
    throw_error(ErrorKind::invalid, "Invalid isolation: \"", printable(text), "\" - linux only supports 'default'");
  });
  options.flag("-q,--quiet", quiet_);
}

bool ContainerOptions::attached(const std::string& stream) const {
  return std::find(attach_.begin(), attach_.end(), stream) != attach_.end();
}

void ContainerOptions::set_cpus() {
  oci::Resources& resources = config_.resources;
  if (nano_cpus_ && *nano_cpus_ != 0) {
    if (cpu_period_) throw_error(ErrorKind::invalid, "conflicting options: --cpus and --cpu-period cannot both be set");
    if (cpu_quota_) throw_error(ErrorKind::invalid, "conflicting options: --cpus and --cpu-quota cannot both be set");
    constexpr uint64_t kPeriod = 100'000;
    config_.nano_cpus = *nano_cpus_;
    resources.cpu_period = kPeriod;
    resources.cpu_quota = static_cast<int64_t>(*nano_cpus_ * kPeriod / 1'000'000'000);
    return;
  }
  if (cpu_period_ && *cpu_period_ != 0) {
    if (*cpu_period_ < 1000 || *cpu_period_ > 1'000'000) {
      throw_error(ErrorKind::invalid,
                  "CPU cfs period cannot be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
    }
    resources.cpu_period = static_cast<uint64_t>(*cpu_period_);
  }
  if (cpu_quota_ && *cpu_quota_ != 0) {
    if (*cpu_quota_ > 0 && *cpu_quota_ < 1000) {
      throw_error(ErrorKind::invalid, "CPU cfs quota cannot be less than 1ms (i.e. 1000)");
    }
    resources.cpu_quota = *cpu_quota_;
  }
}

void ContainerOptions::set_memory(const Options& options) {
  oci::Resources& resources = config_.resources;
  if (resources.memory_limit == 0) resources.memory_limit.reset();  // docker's "no limit"
  if (resources.memory_reservation == 0) resources.memory_reservation.reset();
  if (resources.memory_swap == 0) resources.memory_swap.reset();
  const auto limit = resources.memory_limit, swap = resources.memory_swap, reservation = resources.memory_reservation;
  if (swap && *swap > 0 && !limit) {
    fail(options, "You should always set the Memory limit when using Memoryswap limit, see usage");
  }
  if (swap && limit && *swap > 0 && *swap < *limit) {
    fail(options, "Minimum memoryswap limit should be larger than memory limit, see usage");
  }
  if (reservation && limit && *reservation > *limit) {
    fail(options, "Minimum memory limit can not be less than memory reservation limit, see usage");
  }
  if (swappiness_ && *swappiness_ != -1) {
    if (*swappiness_ < 0 || *swappiness_ > 100) {
      fail(options, cat("invalid value: ", *swappiness_, ". Valid memory swappiness range is 0-100"));
    }
    resources.memory_swappiness = static_cast<uint64_t>(*swappiness_);
  }
}

void ContainerOptions::set_modes(const Options& options) {
  config_.pid_mode = namespace_mode(options, "--pid", "PID", config_.pid_mode, {"private"});
  config_.ipc_mode = namespace_mode(options, "--ipc", "IPC", config_.ipc_mode, {"private", "shareable"});
  config_.uts_mode = namespace_mode(options, "--uts", "UTS", config_.uts_mode, {"private"});
  config_.cgroupns_mode = namespace_mode(options, "--cgroupns", "CGROUP", config_.cgroupns_mode, {"private"});
  if (config_.uts_mode == "host" && !config_.hostname.empty()) {
    fail(options, "conflicting options: hostname and the UTS mode");
  }
  if (config_.hostname.size() > 64) fail(options, cat("invalid hostname format: ", printable(config_.hostname)));
}

engine::ContainerConfig ContainerOptions::build(const Options& options, const config::Settings& settings,
                                                const std::vector<std::string>& operands) {
  if (operands.empty()) require_operands(options, operands, 1, 0);
  config_.image = operands[0];
  config_.args.assign(operands.begin() + 1, operands.end());
  if (!config_.working_dir.empty() && config_.working_dir[0] != '/') {
    fail(options, cat("the working directory '", printable(config_.working_dir),
                      "' is invalid, it needs to be an absolute path"));
  }
  config_.env = join_environment(environment_files_, environment_);
  std::map<std::string, std::string> labels;
  for (const std::string& path : label_files_) {
    for (const std::string& line : read_definitions(path)) add_label(labels, line);
  }
  config_.labels.insert(labels.begin(), labels.end());  // -l wins over files: insert keeps what is there
  if (stop_timeout_) config_.stop_timeout = static_cast<int>(*stop_timeout_);
  if (oom_score_) {
    if (*oom_score_ < -1000 || *oom_score_ > 1000) {
      fail(options, cat("Invalid value ", *oom_score_, ", range for oom score adj is [-1000, 1000]"));
    }
    config_.oom_score_adj = static_cast<int>(*oom_score_);
  }
  if (cpu_shares_ && *cpu_shares_ > 0) config_.resources.cpu_shares = static_cast<uint64_t>(*cpu_shares_);
  if (realtime_period_.value_or(0) > 0) {
    config_.resources.cpu_realtime_period = static_cast<uint64_t>(*realtime_period_);
  }
  if (realtime_runtime_) config_.resources.cpu_realtime_runtime = *realtime_runtime_;
  if (pids_limit_) config_.resources.pids_limit = *pids_limit_;
  set_cpus();
  set_memory(options);
  set_modes(options);
  networks_.apply(options, settings, config_);
  health_.apply(options, config_);
  return config_;
}

}  // namespace minidock::cli
