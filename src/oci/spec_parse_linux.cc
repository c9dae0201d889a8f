#include "oci/spec_parse_linux.h"

namespace minidock::oci {

namespace {

std::vector<IdMapping> read_mappings(const JsonReader& from, const char* key) {
  std::vector<IdMapping> out;
  for (const JsonReader& element : from.list(key)) {
    IdMapping mapping;
    element.read("containerID", mapping.container_id);
    element.read("hostID", mapping.host_id);
    element.read("size", mapping.size);
    out.push_back(mapping);
  }
  return out;
}

std::vector<Namespace> read_namespaces(const JsonReader& from) {
  std::vector<Namespace> out;
  for (const JsonReader& element : from.list("namespaces")) {
    Namespace space;
    element.read("type", space.type);
    element.read("path", space.path);
    if (space.type.empty()) element.fail("type", "is missing");
    out.push_back(space);
  }
  return out;
}

std::vector<Device> read_devices(const JsonReader& from) {
  std::vector<Device> out;
  for (const JsonReader& element : from.list("devices")) {
    Device device;
    element.read("type", device.type);
    element.read("path", device.path);
    element.read("major", device.major);
    element.read("minor", device.minor);
    element.read("fileMode", device.mode);
    element.read("uid", device.uid);
    element.read("gid", device.gid);
    if (!device.path.starts_with('/')) element.fail("path", "must be an absolute path");
    out.push_back(device);
  }
  return out;
}

void read_device_rules(const JsonReader& from, std::vector<DeviceRule>& out) {
  for (const JsonReader& element : from.list("devices")) {
    DeviceRule rule;
    element.read("allow", rule.allow);
    element.read("type", rule.type);
    element.read("major", rule.major);
    element.read("minor", rule.minor);
    element.read("access", rule.access);
    // spec: -1 means any, as an absent number does.
    if (rule.major == -1) rule.major.reset();
    if (rule.minor == -1) rule.minor.reset();
    out.push_back(rule);
  }
}

Resources read_resources(const JsonReader& from) {
  Resources out;
  read_device_rules(from, out.devices);
  if (const auto memory = from.find("memory")) {
    memory->read("limit", out.memory_limit);
    memory->read("swap", out.memory_swap);
    memory->read("reservation", out.memory_reservation);
    memory->read("swappiness", out.memory_swappiness);
    memory->read("disableOOMKiller", out.disable_oom_killer);
  }
  if (const auto cpu = from.find("cpu")) {
    cpu->read("shares", out.cpu_shares);
    cpu->read("quota", out.cpu_quota);
    cpu->read("period", out.cpu_period);
    cpu->read("cpus", out.cpuset_cpus);
    cpu->read("mems", out.cpuset_mems);
  }
  if (const auto pids = from.find("pids")) pids->read("limit", out.pids_limit);
  if (const auto block = from.find("blockIO")) block->read("weight", out.blkio_weight);
  from.read("unified", out.unified);
  return out;
}

SeccompRule read_seccomp_rule(const JsonReader& from) {
  SeccompRule rule;
  from.read("names", rule.names);
  from.read("action", rule.action);
  from.read("errnoRet", rule.errno_ret);
  for (const JsonReader& element : from.list("args")) {
    SeccompArg arg;
    element.read("index", arg.index);
    element.read("value", arg.value);
    element.read("valueTwo", arg.value_two);
    element.read("op", arg.op);
    rule.args.push_back(arg);
  }
  if (rule.names.empty()) from.fail("names", "is missing or empty");
  if (rule.action.empty()) from.fail("action", "is missing");
  return rule;
}

Seccomp read_seccomp(const JsonReader& from) {
  Seccomp out;
  from.read("defaultAction", out.default_action);
  from.read("defaultErrnoRet", out.default_errno_ret);
  from.read("architectures", out.architectures);
  from.read("flags", out.flags);
  for (const JsonReader& rule : from.list("syscalls")) out.rules.push_back(read_seccomp_rule(rule));
  if (out.default_action.empty()) from.fail("defaultAction", "is missing");
  return out;
}

}  // namespace

Linux read_linux(const JsonReader& from) {
  Linux out;
  out.uid_mappings = read_mappings(from, "uidMappings");
  out.gid_mappings = read_mappings(from, "gidMappings");
  from.read("sysctl", out.sysctl);
  from.read("cgroupsPath", out.cgroups_path);
  out.namespaces = read_namespaces(from);
  out.devices = read_devices(from);
  if (const auto resources = from.find("resources")) out.resources = read_resources(*resources);
  if (const auto seccomp = from.find("seccomp")) out.seccomp = read_seccomp(*seccomp);
  from.read("maskedPaths", out.masked_paths);
  from.read("readonlyPaths", out.readonly_paths);
  from.read("rootfsPropagation", out.rootfs_propagation);
  return out;
}

}  // namespace minidock::oci
