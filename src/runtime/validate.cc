#include "runtime/validate.h"

#include <sched.h>

#include <map>
#include <string_view>

#include "base/error.h"

namespace minidock::runtime {

namespace {
const std::map<std::string_view, uint64_t>& namespace_flags() {
  static const std::map<std::string_view, uint64_t> kFlags = {
      {"pid", CLONE_NEWPID}, {"network", CLONE_NEWNET}, {"mount", CLONE_NEWNS},      {"ipc", CLONE_NEWIPC},
      {"uts", CLONE_NEWUTS}, {"user", CLONE_NEWUSER},   {"cgroup", CLONE_NEWCGROUP}, {"time", 0x80}};
  return kFlags;
}
}  // namespace

uint64_t namespace_flag(const std::string& type) {
  const auto found = namespace_flags().find(type);
  if (found == namespace_flags().end())
    throw_error(ErrorKind::invalid, "config: linux.namespaces: unknown type \"", printable(type), "\"");
  return found->second;
}

std::vector<std::string> namespace_types() {
  std::vector<std::string> types;
  for (const auto& [type, flag] : namespace_flags()) types.emplace_back(type);
  return types;
}

const oci::Namespace* find_namespace(const oci::Spec& spec, std::string_view type) {
  for (const oci::Namespace& entry : spec.linux_.namespaces) {
    if (entry.type == type) return &entry;
  }
  return nullptr;
}

namespace {
template <typename... Parts>
[[noreturn]] void refuse(const Parts&... parts) {
  throw_error(ErrorKind::invalid, parts...);
}

// security: what reaches passwd-like files, the environment or a mount must be one line of text (CVE-2022-4318).
void check_line(const std::string& text, std::string_view field) {
  if (text.find('\0') != std::string::npos || text.find('\n') != std::string::npos) {
    refuse("config: ", field, ": must not contain a newline or a NUL: ", printable(text));
  }
}

void check_process(const oci::Process& process) {
  if (process.args.empty()) refuse("no command specified");
  if (process.cwd.empty() || process.cwd[0] != '/') {
    refuse("the working directory '", printable(process.cwd), "' is invalid, it needs to be an absolute path");
  }
  check_line(process.cwd, "process.cwd");
  for (const std::string& argument : process.args) {
    if (argument.find('\0') != std::string::npos) refuse("config: process.args: must not contain a NUL");
  }
  for (const std::string& variable : process.env) {
    if (variable.find('\0') != std::string::npos) refuse("config: process.env: must not contain a NUL");
    if (variable.starts_with("HOME=")) check_line(variable, "process.env HOME");
    if (variable.find('=') == std::string::npos || variable[0] == '=')
      refuse("invalid environment variable: ", printable(variable));
  }
  if (process.user.lookup) check_line(*process.user.lookup, "process.user");
}

// A monitor stays outside, so it cannot go into namespaces for its child's sake.
void check_monitor_namespaces(const oci::Spec& spec) {
  for (const oci::Namespace& entry : spec.linux_.namespaces) {
    const bool outside = entry.type == "pid" || entry.type == "mount";
    if (!entry.path.empty() && outside) {
      throw_error(ErrorKind::unsupported, "config: linux.namespaces: joining an existing ", entry.type,
                  " namespace is not supported");
    }
    if (entry.type == "user" || entry.type == "time")
      throw_error(ErrorKind::unsupported, "config: linux.namespaces: a ", entry.type, " namespace is not supported");
  }
}

// spec: config-linux.md "User namespace mappings", "Offset for Time Namespace".
void check_mappings(const oci::Spec& spec) {
  const oci::Namespace* user = find_namespace(spec, "user");
  const bool mapped = !spec.linux_.uid_mappings.empty() || !spec.linux_.gid_mappings.empty();
  if (mapped && user == nullptr)
    refuse("config: linux.uidMappings: user namespace mappings specified, but no user namespace");
  if (user != nullptr && user->path.empty() && (spec.linux_.uid_mappings.empty() || spec.linux_.gid_mappings.empty()))
    refuse("config: linux.uidMappings, gidMappings: a new user namespace needs both");
  if (spec.linux_.time_offsets.empty()) return;
  const oci::Namespace* time = find_namespace(spec, "time");
  if (time == nullptr || !time->path.empty())
    refuse("config: linux.timeOffsets: time namespace offsets specified, but no new time namespace");
  for (const auto& [clock, offset] : spec.linux_.time_offsets) {
    if (clock != "monotonic" && clock != "boottime")
      refuse("config: linux.timeOffsets: unknown clock \"", printable(clock), "\"; use monotonic or boottime");
  }
}

void check_namespaces(const oci::Spec& spec, bool starter) {
  std::map<std::string, int> seen;
  for (const oci::Namespace& entry : spec.linux_.namespaces) {
    namespace_flag(entry.type);
    if (++seen[entry.type] > 1) refuse("config: linux.namespaces: \"", entry.type, "\" is given twice");
  }
  if (find_namespace(spec, "mount") != nullptr) return;
  if (!starter) refuse("config: linux.namespaces: a container needs its own mount namespace");
  if (find_namespace(spec, "user") != nullptr)
    refuse("config: linux.namespaces: a user namespace has no rights over mounts; add a mount namespace");
}

// spec: config.md wants absolute destinations; callers of an OCI runtime have sent others for years, and every runtime
// takes them from "/".
void check_mounts(const Bundle& bundle) {
  const bool tolerant = bundle.launcher == Launcher::starter;
  for (const oci::Mount& mount : bundle.spec.mounts) {
    if (mount.destination.empty() || (mount.destination[0] != '/' && !tolerant)) {
      refuse("invalid mount path: '", printable(mount.destination), "' mount path must be absolute");
    }
    if (mount.destination == "/") refuse("invalid mount: destination can't be '/'");
    check_line(mount.destination, "mounts.destination");
    check_line(mount.source, "mounts.source");
  }
}

void check_host_names(const oci::Spec& spec) {
  check_line(spec.hostname, "hostname");
  if (spec.hostname.size() > 64) refuse("invalid hostname: longer than 64 bytes: ", printable(spec.hostname));
  if (spec.domainname.size() > 64) refuse("invalid domain name: longer than 64 bytes: ", printable(spec.domainname));
  if (!spec.hostname.empty() && find_namespace(spec, "uts") == nullptr) {
    refuse("conflicting options: hostname and the UTS mode");
  }
}

void check_sysctls(const oci::Spec& spec) {
  static const char* const kIpc[] = {"kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
                                     "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced"};
  for (const auto& [key, value] : spec.linux_.sysctl) {
    bool allowed =
        key.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == std::string::npos;
    const bool network = key.starts_with("net.");
    bool ipc = key.starts_with("fs.mqueue.");
    for (const char* name : kIpc) ipc = ipc || key == name;
    allowed =
        allowed && key.find("..") == std::string::npos &&
        ((network && find_namespace(spec, "network") != nullptr) || (ipc && find_namespace(spec, "ipc") != nullptr));
    if (!allowed) refuse("sysctl '", printable(key), "' is not allowed");
    check_line(value, cat("sysctl ", key));
  }
}
}  // namespace

void validate_process(const oci::Process& process, const linux::HostFacts& facts) {
  check_process(process);
  if (!process.apparmor_profile.empty() && !facts.apparmor) {
    throw_error(ErrorKind::unsupported, "apparmor profile ", printable(process.apparmor_profile),
                ": AppArmor is not active on this host; leave the option out or enable the LSM");
  }
  if (!process.selinux_label.empty() && !facts.selinux) {
    throw_error(ErrorKind::unsupported, "selinux label ", printable(process.selinux_label),
                ": SELinux is not active on this host; leave the label out");
  }
}

void validate(const Bundle& bundle, const linux::HostFacts& facts) {
  const bool starter = bundle.launcher == Launcher::starter;
  if (!starter || bundle.spec.has_process) validate_process(bundle.spec.process, facts);
  check_namespaces(bundle.spec, starter);
  if (!starter) check_monitor_namespaces(bundle.spec);
  check_mappings(bundle.spec);
  if (bundle.spec.linux_.intel_rdt)
    throw_error(ErrorKind::unsupported, "config: linux.intelRdt: not supported; leave it out");
  check_mounts(bundle);
  check_host_names(bundle.spec);
  check_sysctls(bundle.spec);
  if (!bundle.overlay && (bundle.spec.root_path.empty() || bundle.spec.root_path[0] != '/')) {
    refuse("config: root.path: must be absolute here: ", printable(bundle.spec.root_path));
  }
  if (bundle.overlay && bundle.overlay->lowers.empty()) refuse("overlay root: no layers");
}

}  // namespace minidock::runtime
