#include "engine/spec_builder.h"

#include "base/text.h"
#include "engine/security_options.h"

namespace minidock::engine {

namespace {

std::vector<oci::Namespace> build_namespaces(const ContainerConfig& config, const std::string& network_path) {
  std::vector<oci::Namespace> out = {{"mount", ""}};
  const auto add = [&out](const char* type, const std::string& mode) {
    if (mode != "host") out.push_back({type, ""});
  };
  add("pid", config.pid_mode);
  add("uts", config.uts_mode);
  add("ipc", config.ipc_mode);
  if (config.network != "host") out.push_back({"network", network_path});
  add("cgroup", config.cgroupns_mode);
  return out;
}

oci::Capabilities build_capabilities(linux::CapabilityMask mask) {
  oci::Capabilities out;
  // security: inheritable and ambient stay empty, or a program without privileges would pass these on (CVE-2022-29162).
  out.bounding = out.effective = out.permitted = linux::capability_names(mask);
  return out;
}

std::optional<int> oom_score(const ContainerConfig& config, const linux::HostFacts& facts,
                             std::vector<std::string>& warnings) {
  if (config.oom_score_adj.value_or(0) >= 0 || facts.can_raise_limits) return config.oom_score_adj;
  warnings.push_back("--oom-score-adj below 0 needs CAP_SYS_RESOURCE, which this host does not grant; it is left out");
  return std::nullopt;
}

}  // namespace

oci::Capabilities all_capabilities(const linux::HostFacts& facts) {
  return build_capabilities(facts.bounding);
}

oci::Process build_process(const ContainerConfig& config, const std::string& id, const linux::HostFacts& facts,
                           std::vector<std::string>& warnings) {
  oci::Process process;
  std::vector<std::string> skipped;
  process.terminal = config.tty;
  process.rows = config.rows;
  process.columns = config.columns;
  process.user.lookup = user(config);
  process.user.add_groups = config.add_groups;
  process.user.umask = config.umask;
  process.args = command_line(config);
  process.env = environment(config, hostname(config, id), &skipped);
  process.cwd = working_dir(config);
  process.capabilities = build_capabilities(granted_capabilities(config, facts));
  process.rlimits = build_rlimits(config, facts);
  process.oom_score_adj = oom_score(config, facts, warnings);
  const SecurityOptions security = read_security_options(config.security_options);
  process.no_new_privileges = security.no_new_privileges;
  process.apparmor_profile = security.apparmor;
  for (const std::string& entry : skipped) {
    warnings.push_back(cat("the image's environment entry ", printable(entry), " has no \"=\"; it is left out"));
  }
  return process;
}

namespace {

oci::Linux build_linux(const ContainerConfig& config, const ContainerPlace& place, const linux::HostFacts& facts) {
  oci::Linux out;
  out.namespaces = build_namespaces(config, place.network_path);
  out.cgroups_path = place.cgroup;
  out.sysctl = build_sysctls(config);
  out.resources = build_resources(config);
  add_devices(config, out);
  add_block_limits(config, out.resources);
  const ProtectedPaths paths = protected_paths(config, facts);
  out.masked_paths = paths.masked;
  out.readonly_paths = paths.readonly;
  return out;
}

}  // namespace

runtime::Bundle build_bundle(const ContainerConfig& config, const ContainerPlace& place, const linux::HostFacts& facts,
                             std::vector<std::string>& warnings) {
  runtime::Bundle bundle;
  oci::Spec& spec = bundle.spec;
  spec.process = build_process(config, place.id, facts, warnings);
  spec.root_readonly = config.read_only;
  spec.hostname = config.uts_mode == "host" ? "" : hostname(config, place.id);
  spec.domainname = config.domainname;
  spec.mounts = build_mounts(config, place);
  spec.annotations = config.annotations;
  spec.linux_ = build_linux(config, place, facts);
  bundle.overlay = runtime::Overlay{place.layers, cat(place.directory, "/upper"), cat(place.directory, "/work")};
  bundle.overlay->discarded = config.auto_remove;
  bundle.use_init = config.init;
  bundle.bind_extras = bind_extras(config, place);
  return bundle;
}

}  // namespace minidock::engine
