// Limits of a container's processes: rlimits, cgroup values, sysctls of its namespaces.
#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "engine/spec_builder.h"

namespace minidock::engine {

namespace {

constexpr uint64_t kOpenFiles = 1 << 20;
constexpr int64_t kProcesses = 2048;  // docker has no limit by default, and a fork bomb takes the host with it

uint64_t rlimit_value(int64_t value) {
  return value < 0 ? UINT64_MAX : static_cast<uint64_t>(value);
}

// Docker's fifteen: the kernel's without "as", which starves programs in ways that look like bugs of theirs.
std::string rlimit_type(const std::string& name) {
  constexpr std::string_view kNames[] = {"core",    "cpu",      "data",   "fsize",      "locks",
                                         "memlock", "msgqueue", "nice",   "nofile",     "nproc",
                                         "rss",     "rtprio",   "rttime", "sigpending", "stack"};
  if (std::find(std::begin(kNames), std::end(kNames), name) == std::end(kNames)) {
    throw_error(ErrorKind::invalid, "invalid ulimit type: ", printable(name));
  }
  std::string out = "RLIMIT_";
  for (const char letter : name) out += static_cast<char>(letter - 'a' + 'A');
  return out;
}

}  // namespace

std::vector<oci::Rlimit> build_rlimits(const ContainerConfig& config, const linux::HostFacts& facts) {
  std::vector<oci::Rlimit> out;
  for (const UlimitOption& limit : config.ulimits) {
    out.push_back({rlimit_type(limit.name), rlimit_value(limit.soft), rlimit_value(limit.hard)});
  }
  const std::string files = "RLIMIT_NOFILE";
  const bool given = std::any_of(out.begin(), out.end(), [&](const oci::Rlimit& limit) { return limit.type == files; });
  if (given) return out;
  // Set always, so that the container does not depend on the shell it was started from.
  const auto hard = facts.hard_limits.find(files);
  const bool bound = !facts.can_raise_limits && hard != facts.hard_limits.end();
  const uint64_t limit = bound ? std::min(kOpenFiles, hard->second) : kOpenFiles;
  out.push_back({files, limit, limit});
  return out;
}

oci::Resources build_resources(const ContainerConfig& config) {
  oci::Resources out = config.resources;
  if (!out.pids_limit) out.pids_limit = kProcesses;
  // Docker's 0 is no limit, a bundle's is the lowest.
  if (out.pids_limit == 0) out.pids_limit = -1;
  if (out.memory_limit == 0) out.memory_limit.reset();
  if (config.privileged) {
    out.devices = {{true, "a", std::nullopt, std::nullopt, "rwm"}};
  } else {
    out.devices = linux::default_device_rules();
  }
  return out;
}

std::map<std::string, std::string> build_sysctls(const ContainerConfig& config) {
  std::map<std::string, std::string> out;
  if (has_own_network(config)) {
    // Both are rights that a network namespace of one's own makes harmless: low ports, and ping without CAP_NET_RAW.
    out["net.ipv4.ip_unprivileged_port_start"] = "0";
    out["net.ipv4.ping_group_range"] = "0 2147483647";
  }
  for (const auto& [key, value] : config.sysctls) out[key] = value;
  return out;
}

}  // namespace minidock::engine
