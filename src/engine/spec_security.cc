// What a container may not do: capabilities, system calls, paths of /proc and /sys.
#include "base/text.h"
#include "engine/security_options.h"
#include "engine/spec_builder.h"
#include "linux/seccomp.h"

namespace minidock::engine {

linux::CapabilityMask granted_capabilities(const ContainerConfig& config, const linux::HostFacts& facts) {
  const linux::CapabilityMask start = config.privileged ? facts.bounding : linux::default_capabilities();
  // security: only what this process may hand on; the constant of "all" differs from host to host.
  return facts.bounding & linux::adjust_capabilities(start, facts.bounding, config.cap_add, config.cap_drop);
}

namespace {

// The union of docker's and podman's lists: each tells of, or changes, the whole machine.
std::vector<std::string> masked_paths(const linux::HostFacts& facts) {
  std::vector<std::string> out = {
      "/proc/acpi",       "/proc/asound",        "/proc/interrupts",  "/proc/kcore",
      "/proc/keys",       "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
      "/proc/timer_list", "/proc/timer_stats",   "/sys/dev/block",    "/sys/devices/virtual/powercap",
      "/sys/firmware",    "/sys/fs/selinux",
  };
  for (const int cpu : facts.online_cpus) out.push_back(cat("/sys/devices/system/cpu/cpu", cpu, "/thermal_throttle"));
  return out;
}

std::vector<std::string> readonly_paths() {
  return {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
}

}  // namespace

ProtectedPaths protected_paths(const ContainerConfig& config, const linux::HostFacts& facts) {
  if (config.privileged || read_security_options(config.security_options).open_system_paths) return {};
  return {masked_paths(facts), readonly_paths()};
}

std::string seccomp_filter(const ContainerConfig& config, linux::CapabilityMask capabilities,
                           const std::string& cache_directory) {
  const std::string by_default = config.privileged ? "unconfined" : "builtin";
  const std::string choice = read_security_options(config.security_options).seccomp.value_or(by_default);
  if (choice == "unconfined") return "";
  if (choice == "builtin" || choice == "default") return linux::default_seccomp_filter(cache_directory, capabilities);
  return linux::compile_seccomp(linux::parse_seccomp_profile(choice, capabilities));
}

}  // namespace minidock::engine
