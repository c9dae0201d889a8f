#include "runtime/plan.h"

#include "runtime/builder.h"
#include "runtime/plan_tree.h"
#include "runtime/validate.h"

namespace minidock::runtime {

namespace {
// `directory` is one of those on the way to the cgroup.
CgroupOwner owner_of(const Bundle& bundle, const std::string& directory) {
  if (bundle.launcher == Launcher::starter) return CgroupOwner::others;
  if (directory.ends_with(bundle.spec.linux_.cgroups_path)) return CgroupOwner::container;
  const bool is_unit = !bundle.cgroup_unit.empty() && directory.ends_with(bundle.cgroup_unit);
  return is_unit ? CgroupOwner::unit : CgroupOwner::others;
}
}  // namespace

void plan_cgroup_steps(Builder& builder, Plan& plan, const Bundle& bundle, const linux::HostFacts& facts,
                       linux::CgroupPlan& cgroup) {
  const std::string& path = bundle.spec.linux_.cgroups_path;
  if (path.empty() || bundle.cgroup_by_systemd) return;
  plan.cgroup_path = path;
  const linux::CgroupScope scope =
      bundle.launcher == Launcher::starter ? linux::CgroupScope::all : linux::CgroupScope::needed;
  cgroup = linux::plan_cgroup(facts.cgroups, path, bundle.spec.linux_.resources, scope);
  for (std::string& warning : cgroup.warnings) builder.warn(std::move(warning));
  const auto write = [&](const linux::CgroupWrite& limit) {
    builder.monitor(Op::cgroup_write, cat("write ", limit.value, " to ", limit.directory, "/", limit.file),
                    limit.optional ? "prepares the parent, where it is not prepared already"
                                   : "a limit holds before the first process exists",
                    {limit.directory, limit.file, limit.value}, {limit.verify, limit.optional});
  };
  for (const std::string& directory : cgroup.directories) {
    builder.monitor(Op::cgroup_create, cat("create cgroup ", directory),
                    "the kernel counts and limits the container's memory, processes and devices by this directory",
                    {directory}, {static_cast<int64_t>(owner_of(bundle, directory))});
  }
  for (const linux::CgroupWrite& before : cgroup.before) write(before);
  for (const linux::CgroupWrite& limit : cgroup.writes) write(limit);
  if (!cgroup.device_program.empty()) {
    builder.monitor(Op::device_filter, cat("attach the device filter to ", cgroup.v2_directory),
                    "cgroup v2 asks a small program which device nodes may be opened",
                    {cgroup.v2_directory, cgroup.device_program});
  }
}

void plan_hooks(Builder& builder, const oci::Spec& spec, const char* point) {
  const auto found = spec.hooks.find(point);
  if (found == spec.hooks.end()) return;
  int number = 0;
  for (const oci::Hook& hook : found->second) {
    const std::string called = cat(point, " hook #", number++);
    std::vector<std::string> texts = {called, hook.path};
    // spec: config.md: args as execv(3)'s argv; none at all means the path alone.
    texts.insert(texts.end(), hook.args.begin(), hook.args.end());
    if (hook.args.empty()) texts.push_back(hook.path);
    const int64_t arguments = static_cast<int64_t>(texts.size()) - 2;
    texts.insert(texts.end(), hook.env.begin(), hook.env.end());
    // A hook of the command that has no environment of its own gets the command's, and one of the root begins in the
    // root: as runc has it.
    const bool of_command = std::string_view(point) == "startContainer";
    const bool inherits = of_command && hook.env.empty() && !spec.process.args.empty();
    builder.init(Op::hook, cat("run ", called),
                 cat(hook.path, ": a program of the container's caller, given the state on its stdin"),
                 std::move(texts), {hook.timeout.value_or(0), arguments, !of_command, inherits});
  }
}

namespace {
bool has_hooks(const oci::Spec& spec) {
  for (const char* point : {"prestart", "createRuntime", "createContainer"}) {
    if (spec.hooks.contains(point)) return true;
  }
  return false;
}
}  // namespace

Plan plan(const Bundle& bundle, const linux::HostFacts& facts) {
  validate(bundle, facts);
  Plan result;
  result.steps.reserve(128);  // more than most need: growing would touch twice the memory
  Builder builder(result);
  linux::CgroupPlan cgroup;
  plan_cgroup_steps(builder, result, bundle, facts, cgroup);
  TreePlanner tree(builder, bundle, facts, cgroup);
  plan_cgroup_entry(builder, bundle, cgroup);
  tree.before_clone();
  plan_clone(builder, bundle, cgroup);
  plan_host_network(builder, bundle);
  plan_namespaces(builder, bundle, cgroup);
  tree.mounts();
  plan_own_network(builder, bundle);
  if (bundle.launcher == Launcher::starter && has_hooks(bundle.spec)) {
    builder.init(Op::sync, "wait for the prestart and createRuntime hooks",
                 "they see the namespaces made and the mounts in place, and the host as it is", {},
                 {static_cast<int64_t>(SyncPoint::hooks)});
    plan_hooks(builder, bundle.spec, "createContainer");
  }
  tree.after_pivot();
  plan_process(builder, bundle, facts);
  return result;
}

}  // namespace minidock::runtime
