#include "runtime/plan.h"

#include <sched.h>
#include <sys/mount.h>

#include "runtime/builder.h"
#include "runtime/plan_tree.h"
#include "runtime/validate.h"

namespace minidock::runtime {

void plan_cgroup_steps(Builder& builder, Plan& plan, const Bundle& bundle, const linux::HostFacts& facts,
                       linux::CgroupPlan& cgroup) {
  const std::string& path = bundle.spec.linux_.cgroups_path;
  if (path.empty()) return;
  plan.cgroup_path = path;
  cgroup = linux::plan_cgroup(facts.cgroups, path, bundle.spec.linux_.resources);
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
                    {directory});
  }
  for (const linux::CgroupWrite& before : cgroup.before) write(before);
  for (const linux::CgroupWrite& limit : cgroup.writes) write(limit);
  if (!cgroup.device_program.empty()) {
    builder.monitor(Op::device_filter, cat("attach the device filter to ", cgroup.v2_directory),
                    "cgroup v2 asks a small program which device nodes may be opened",
                    {cgroup.v2_directory, cgroup.device_program});
  }
}

void plan_namespaces(Builder& builder, const Bundle& bundle, const linux::CgroupPlan& cgroup) {
  const oci::Spec& spec = bundle.spec;
  uint64_t flags = 0;
  std::string names;
  for (const oci::Namespace& entry : spec.linux_.namespaces) {
    if (!entry.path.empty() || entry.type == "cgroup") continue;
    flags |= namespace_flag(entry.type);
    names += (names.empty() ? "" : ", ") + entry.type;
  }
  builder.monitor(
      Op::clone, cat("clone3 a child with its own namespaces: ", names),
      "the container is this child: an ordinary process that sees its own process ids, mounts, names and network",
      {cgroup.v2_directory}, {static_cast<int64_t>(flags)});
  for (const std::string& directory : cgroup.v1_directories) {
    builder.init(Op::cgroup_join, cat("join cgroup ", directory),
                 "the child moves itself; all it starts is counted here", {directory});
  }
  for (const oci::Namespace& entry : spec.linux_.namespaces) {
    if (entry.path.empty()) continue;
    builder.init(Op::join_namespace, cat("join ", entry.type, " namespace ", entry.path),
                 "this one is shared with others", {entry.path}, {static_cast<int64_t>(namespace_flag(entry.type))});
  }
  const oci::Namespace* own_cgroup = find_namespace(spec, "cgroup");
  if (own_cgroup != nullptr && own_cgroup->path.empty()) {
    builder.init(Op::unshare, "unshare the cgroup namespace",
                 "made after the move, so that the container's own cgroup looks like the top", {}, {CLONE_NEWCGROUP});
  }
  if (!spec.hostname.empty())
    builder.init(Op::hostname, cat("set hostname ", spec.hostname), "the UTS namespace is ours: the host's name stays",
                 {spec.hostname});
  if (!spec.domainname.empty())
    builder.init(Op::domainname, cat("set domain name ", spec.domainname),
                 "the NIS domain name belongs to the UTS namespace too", {spec.domainname});
  const oci::Namespace* network = find_namespace(spec, "network");
  if (network != nullptr && network->path.empty()) {
    builder.init(Op::loopback_up, "bring up the loopback interface",
                 "a new network namespace has only lo, and it is down");
  }
}

Plan plan(const Bundle& bundle, const linux::HostFacts& facts) {
  validate(bundle, facts);
  Plan result;
  Builder builder(result);
  linux::CgroupPlan cgroup;
  plan_cgroup_steps(builder, result, bundle, facts, cgroup);
  plan_namespaces(builder, bundle, cgroup);
  TreePlanner tree(builder, bundle, facts, cgroup);
  tree.mounts();
  tree.after_pivot();
  plan_process(builder, bundle, facts);
  return result;
}

}  // namespace minidock::runtime
