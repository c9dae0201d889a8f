#include "runtime/lifecycle/new_record.h"

#include <unistd.h>

#include <algorithm>

#include "base/time.h"

namespace minidock::runtime {

namespace {

bool needs_config_later(const oci::Spec& spec) {
  return spec.hooks.contains("poststart") || spec.hooks.contains("poststop") || spec.linux_.seccomp.has_value();
}

}  // namespace

bool makes_new_namespace(const oci::Spec& spec, std::string_view type) {
  return std::any_of(spec.linux_.namespaces.begin(), spec.linux_.namespaces.end(),
                     [&](const oci::Namespace& entry) { return entry.type == type && entry.path.empty(); });
}

Record new_record(const BundleSource& source, const std::string& id, const linux::CgroupLayout& layout) {
  const oci::Spec& spec = source.spec;
  Record record;
  record.id = id;
  record.oci_version = spec.oci_version;
  record.bundle = source.directory;
  record.rootfs = spec.root_path;
  record.created = rfc3339(now());
  record.owner = geteuid();
  record.own_pid_namespace = makes_new_namespace(spec, "pid");
  record.rereads_config = needs_config_later(spec);
  record.annotations = spec.annotations;
  const auto& namespaces = spec.linux_.namespaces;
  if (std::none_of(namespaces.begin(), namespaces.end(), [](const auto& entry) { return entry.type == "mount"; }))
    record.before = look_at_root(spec.root_path);
  if (layout.mode != linux::CgroupMode::none)
    record.cgroup.path = resolve_cgroups_path(spec.linux_.cgroups_path, id, layout);
  return record;
}

}  // namespace minidock::runtime
