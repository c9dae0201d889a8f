#include "oci/spec_parts.h"

namespace minidock::oci {

namespace {

using nlohmann::json;

json to_value(const Namespace& space) {
  json out = {{"type", space.type}};
  put(out, "path", space.path);
  return out;
}

json to_value(const Device& device) {
  json out = {{"type", device.type},
              {"path", device.path},
              {"fileMode", device.mode},
              {"uid", device.uid},
              {"gid", device.gid}};
  if (device.type == "p") return out;
  out["major"] = device.major;
  out["minor"] = device.minor;
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

json to_value(const std::map<std::string, TimeOffset>& offsets) {
  json out = json::object();
  for (const auto& [clock, offset] : offsets) out[clock] = {{"secs", offset.seconds}, {"nanosecs", offset.nanoseconds}};
  return out;
}

json to_value(const Personality& personality) {
  json out = {{"domain", personality.domain}};
  put(out, "flags", personality.flags);
  return out;
}

}  // namespace

json to_value(const std::vector<IdMapping>& mappings) {
  return to_array(mappings, [](const IdMapping& mapping) {
    return json{{"containerID", mapping.container_id}, {"hostID", mapping.host_id}, {"size", mapping.size}};
  });
}

json to_value(const Seccomp& seccomp) {
  json out = {{"defaultAction", seccomp.default_action}};
  put(out, "defaultErrnoRet", seccomp.default_errno_ret);
  put(out, "architectures", seccomp.architectures);
  put(out, "flags", seccomp.flags);
  put(out, "listenerPath", seccomp.listener_path);
  put(out, "listenerMetadata", seccomp.listener_metadata);
  put_if_any(out, "syscalls", to_array(seccomp.rules, [](const SeccompRule& rule) { return to_value(rule); }));
  return out;
}

json to_value(const Linux& from) {
  json out = json::object();
  put_if_any(out, "uidMappings", to_value(from.uid_mappings));
  put_if_any(out, "gidMappings", to_value(from.gid_mappings));
  put(out, "sysctl", from.sysctl);
  put(out, "cgroupsPath", from.cgroups_path);
  put_if_any(out, "namespaces", to_array(from.namespaces, [](const Namespace& space) { return to_value(space); }));
  put_if_any(out, "devices", to_array(from.devices, [](const Device& device) { return to_value(device); }));
  put_if_any(out, "resources", to_value(from.resources));
  if (from.seccomp) out["seccomp"] = to_value(*from.seccomp);
  put(out, "maskedPaths", from.masked_paths);
  put(out, "readonlyPaths", from.readonly_paths);
  put(out, "rootfsPropagation", from.rootfs_propagation);
  put_if_any(out, "timeOffsets", to_value(from.time_offsets));
  if (from.personality) out["personality"] = to_value(*from.personality);
  put(out, "mountLabel", from.mount_label);
  if (from.intel_rdt) out["intelRdt"] = json::object();
  return out;
}

}  // namespace minidock::oci
