// What spec_parse.cc reads, written; a field at its default is left out.
#include "oci/spec_parts.h"

namespace minidock::oci {

namespace {

using nlohmann::json;

json to_value(const Mount& mount) {
  json out = {{"destination", mount.destination}};
  put(out, "type", mount.type);
  put(out, "source", mount.source);
  put(out, "options", mount.options);
  put_if_any(out, "uidMappings", to_value(mount.uid_mappings));
  put_if_any(out, "gidMappings", to_value(mount.gid_mappings));
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
  if (spec.has_process || !spec.process.args.empty()) out["process"] = to_value(spec.process);
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
