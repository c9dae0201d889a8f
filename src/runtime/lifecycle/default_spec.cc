#include "runtime/lifecycle/default_spec.h"

#include <algorithm>

#include "linux/cgroup.h"

namespace minidock::runtime {

namespace {

oci::Process default_process() {
  oci::Process process;
  process.terminal = true;
  process.args = {"sh"};
  process.env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"};
  const std::vector<std::string> capabilities = {"CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"};
  process.capabilities.bounding = process.capabilities.effective = process.capabilities.permitted = capabilities;
  process.rlimits = {{"RLIMIT_NOFILE", 1024, 1024}};
  process.no_new_privileges = true;
  return process;
}

std::vector<oci::Mount> default_mounts() {
  const auto mount = [](const char* at, const char* type, const char* source, std::vector<std::string> options) {
    oci::Mount out;
    out.destination = at;
    out.type = type;
    out.source = source;
    out.options = std::move(options);
    return out;
  };
  return {
      mount("/proc", "proc", "proc", {}),
      mount("/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}),
      mount("/dev/pts", "devpts", "devpts", {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}),
      mount("/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}),
      mount("/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}),
      mount("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}),
      mount("/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "relatime", "ro"})};
}

oci::Linux default_linux() {
  oci::Linux out;
  for (const char* type : {"pid", "network", "ipc", "uts", "mount"}) out.namespaces.push_back({type, ""});
  // As runc: on a v1 host what edits this template expects to add it.
  if (linux::read_cgroup_layout().mode == linux::CgroupMode::v2) out.namespaces.push_back({"cgroup", ""});
  out.resources.devices = {{false, "a", std::nullopt, std::nullopt, "rwm"}};
  // What tells about the host or changes it: kernel memory, key names, timers, firmware, sensors.
  out.masked_paths = {"/proc/acpi",
                      "/proc/asound",
                      "/proc/interrupts",
                      "/proc/kcore",
                      "/proc/keys",
                      "/proc/latency_stats",
                      "/proc/sched_debug",
                      "/proc/scsi",
                      "/proc/timer_list",
                      "/proc/timer_stats",
                      "/sys/devices/virtual/powercap",
                      "/sys/firmware"};
  out.readonly_paths = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
  return out;
}

}  // namespace

oci::Spec default_spec() {
  oci::Spec spec;
  spec.process = default_process();
  spec.has_process = true;
  spec.root_readonly = true;
  spec.hostname = "minidock";
  spec.mounts = default_mounts();
  spec.linux_ = default_linux();
  return spec;
}

oci::Spec rootless_spec(uint32_t uid, uint32_t gid) {
  oci::Spec spec = default_spec();
  std::erase_if(spec.linux_.namespaces, [](const oci::Namespace& entry) { return entry.type == "network"; });
  spec.linux_.namespaces.push_back({"user", ""});
  spec.linux_.uid_mappings = {{0, uid, 1}};
  spec.linux_.gid_mappings = {{0, gid, 1}};
  spec.linux_.resources = {};
  for (oci::Mount& mount : spec.mounts) {
    // kernel: group 5 has no number in the namespace; and a sysfs needs a network namespace of its own.
    std::erase(mount.options, "gid=5");
    if (mount.destination != "/sys") continue;
    mount.type = "none";
    mount.source = "/sys";
    mount.options = {"rbind", "nosuid", "noexec", "nodev", "ro"};
  }
  return spec;
}

}  // namespace minidock::runtime
