#include <nlohmann/json.hpp>

#include "oci/json_fields.h"
#include "oci/spec.h"

// What spec_parse.cc reads, written; a field at its default is left out.
namespace minidock::oci {

namespace {

using nlohmann::json;

template <typename Element, typename Convert>
json to_array(const std::vector<Element>& elements, Convert convert) {
  json out = json::array();
  for (const Element& element : elements) out.push_back(convert(element));
  return out;
}

json to_value(const User& user) {
  json out = {{"uid", user.uid}, {"gid", user.gid}};
  put(out, "additionalGids", user.additional_gids);
  put(out, "umask", user.umask);
  put(out, "minidock.lookup", user.lookup);
  put(out, "minidock.addGroups", user.add_groups);
  return out;
}

json to_value(const Capabilities& capabilities) {
  json out = json::object();
  put(out, "bounding", capabilities.bounding);
  put(out, "effective", capabilities.effective);
  put(out, "permitted", capabilities.permitted);
  put(out, "inheritable", capabilities.inheritable);
  put(out, "ambient", capabilities.ambient);
  return out;
}

json to_value(const Process& process) {
  json out = json::object();
  put(out, "terminal", process.terminal);
  if (process.rows != 0 || process.columns != 0) {
    out["consoleSize"] = {{"height", process.rows}, {"width", process.columns}};
  }
  out["user"] = to_value(process.user);
  put(out, "args", process.args);
  put(out, "env", process.env);
  out["cwd"] = process.cwd;
  put_if_any(out, "capabilities", to_value(process.capabilities));
  put_if_any(out, "rlimits", to_array(process.rlimits, [](const Rlimit& limit) {
               return json{{"type", limit.type}, {"soft", limit.soft}, {"hard", limit.hard}};
             }));
  put(out, "noNewPrivileges", process.no_new_privileges);
  put(out, "apparmorProfile", process.apparmor_profile);
  put(out, "oomScoreAdj", process.oom_score_adj);
  return out;
}

json to_value(const Mount& mount) {
  json out = {{"destination", mount.destination}};
  put(out, "type", mount.type);
  put(out, "source", mount.source);
  put(out, "options", mount.options);
  return out;
}

json to_value(const Namespace& space) {
  json out = {{"type", space.type}};
  put(out, "path", space.path);
  return out;
}

json to_value(const IdMapping& mapping) {
  return {{"containerID", mapping.container_id}, {"hostID", mapping.host_id}, {"size", mapping.size}};
}

json to_value(const Device& device) {
  return {{"type", device.type},     {"path", device.path}, {"major", device.major}, {"minor", device.minor},
          {"fileMode", device.mode}, {"uid", device.uid},   {"gid", device.gid}};
}

json to_value(const DeviceRule& rule) {
  json out = {{"allow", rule.allow}, {"type", rule.type}, {"access", rule.access}};
  put(out, "major", rule.major);
  put(out, "minor", rule.minor);
  return out;
}

json to_value(const Resources& resources) {
  json memory = json::object(), cpu = json::object(), pids = json::object(), block = json::object();
  put(memory, "limit", resources.memory_limit);
  put(memory, "swap", resources.memory_swap);
  put(memory, "reservation", resources.memory_reservation);
  put(memory, "swappiness", resources.memory_swappiness);
  put(memory, "disableOOMKiller", resources.disable_oom_killer);
  put(cpu, "shares", resources.cpu_shares);
  put(cpu, "quota", resources.cpu_quota);
  put(cpu, "period", resources.cpu_period);
  put(cpu, "cpus", resources.cpuset_cpus);
  put(cpu, "mems", resources.cpuset_mems);
  put(pids, "limit", resources.pids_limit);
  put(block, "weight", resources.blkio_weight);
  json out = json::object();
  put_if_any(out, "devices", to_array(resources.devices, [](const DeviceRule& rule) { return to_value(rule); }));
  put_if_any(out, "memory", std::move(memory));
  put_if_any(out, "cpu", std::move(cpu));
  put_if_any(out, "pids", std::move(pids));
  put_if_any(out, "blockIO", std::move(block));
  put(out, "unified", resources.unified);
  return out;
}

json to_value(const SeccompRule& rule) {
  json out = {{"names", rule.names}, {"action", rule.action}};
  put(out, "errnoRet", rule.errno_ret);
  put_if_any(out, "args", to_array(rule.args, [](const SeccompArg& arg) {
               return json{{"index", arg.index}, {"value", arg.value}, {"valueTwo", arg.value_two}, {"op", arg.op}};
             }));
  return out;
}

json to_value(const Seccomp& seccomp) {
  json out = {{"defaultAction", seccomp.default_action}};
  put(out, "defaultErrnoRet", seccomp.default_errno_ret);
  put(out, "architectures", seccomp.architectures);
  put(out, "flags", seccomp.flags);
  put_if_any(out, "syscalls", to_array(seccomp.rules, [](const SeccompRule& rule) { return to_value(rule); }));
  return out;
}

json to_value(const Linux& from) {
  const auto mapping = [](const IdMapping& element) { return to_value(element); };
  json out = json::object();
  put_if_any(out, "uidMappings", to_array(from.uid_mappings, mapping));
  put_if_any(out, "gidMappings", to_array(from.gid_mappings, mapping));
  put(out, "sysctl", from.sysctl);
  put(out, "cgroupsPath", from.cgroups_path);
  put_if_any(out, "namespaces", to_array(from.namespaces, [](const Namespace& space) { return to_value(space); }));
  put_if_any(out, "devices", to_array(from.devices, [](const Device& device) { return to_value(device); }));
  put_if_any(out, "resources", to_value(from.resources));
  if (from.seccomp) out["seccomp"] = to_value(*from.seccomp);
  put(out, "maskedPaths", from.masked_paths);
  put(out, "readonlyPaths", from.readonly_paths);
  put(out, "rootfsPropagation", from.rootfs_propagation);
  return out;
}

json to_value(const Hook& hook) {
  json out = {{"path", hook.path}};
  put(out, "args", hook.args);
  put(out, "env", hook.env);
  put(out, "timeout", hook.timeout);
  return out;
}

}  // namespace

std::string to_json(const Spec& spec) {
  json out = {{"ociVersion", spec.oci_version}};
  out["process"] = to_value(spec.process);
  out["root"] = {{"path", spec.root_path}, {"readonly", spec.root_readonly}};
  put(out, "hostname", spec.hostname);
  put(out, "domainname", spec.domainname);
  put_if_any(out, "mounts", to_array(spec.mounts, [](const Mount& mount) { return to_value(mount); }));
  put(out, "annotations", spec.annotations);
  put_if_any(out, "linux", to_value(spec.linux_));
  json hooks = json::object();
  for (const auto& [point, list] : spec.hooks) {
    put_if_any(hooks, point.c_str(), to_array(list, [](const Hook& hook) { return to_value(hook); }));
  }
  put_if_any(out, "hooks", std::move(hooks));
  return dump_json(out);
}

}  // namespace minidock::oci
