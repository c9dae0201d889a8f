// A further process in a running container.
#include <sched.h>

#include "runtime/builder.h"
#include "runtime/plan_process.h"
#include "runtime/validate.h"

namespace minidock::runtime {

namespace {
void plan_entry(Builder& builder, Stage stage, const ExecBundle& bundle) {
  builder.at(stage, Op::host_proc, "keep the host's /proc by descriptor",
             "what is written about the process itself goes there, and never to a file of the container");
  if (const auto& affinity = bundle.process.exec_cpu_affinity; affinity && stage == Stage::monitor)
    plan_affinity(builder, stage, affinity->initial);
  for (const std::string& directory : bundle.v1_directories) {
    builder.at(stage, Op::cgroup_join, cat("join cgroup ", directory), "the container's limits hold for it too",
               {directory});
  }
}

// A starter enters what the process is to be in, and clones there. The slot of the root to enter, -1 for none.
int64_t plan_by_starter(Builder& builder, const ExecBundle& bundle) {
  const oci::Process& process = bundle.process;
  plan_entry(builder, Stage::monitor, bundle);
  // In a user namespace nobody may write it, so it is the starter's, which the clone inherits.
  if (process.oom_score_adj)
    builder.monitor(Op::oom_score, cat("set oom_score_adj to ", *process.oom_score_adj),
                    "whom the kernel kills first when memory ends", {}, {*process.oom_score_adj});
  const std::string v2_directory = plan_cgroup_enter(builder, bundle.v2_directory, bundle.namespaces);
  const int64_t root = bundle.root.empty() ? -1 : builder.new_slot();
  if (root >= 0)
    builder.monitor(Op::open_directory, "open the container's root", "no mount namespace leads to it", {bundle.root},
                    {root});
  plan_joins(builder, Stage::monitor, bundle.namespaces);
  // kernel: setns into a pid namespace counts for children only; so does a time namespace before 6.3.
  builder.monitor(Op::clone, "clone3 a child into the container", "its parent ends, and so is none of the container's",
                  {v2_directory}, {0});
  return root;
}

// A monitor stays, and stays outside: only the pid namespace, which nobody enters but by a parent's setns, is joined
// before the clone.
void plan_by_monitor(Builder& builder, const ExecBundle& bundle) {
  std::vector<oci::Namespace> before, after;
  for (const oci::Namespace& entry : bundle.namespaces) (entry.type == "pid" ? before : after).push_back(entry);
  plan_joins(builder, Stage::monitor, before);
  if (!bundle.own_cgroup.empty())
    builder.monitor(Op::cgroup_create, cat("create cgroup ", bundle.own_cgroup),
                    "all that the process starts ends with it", {bundle.own_cgroup});
  builder.monitor(Op::clone, "clone3 a child", "it enters the container, its parent stays outside",
                  {bundle.v2_directory}, {0});
  plan_entry(builder, Stage::init, bundle);
  plan_joins(builder, Stage::init, after);
}
}  // namespace

Plan plan_exec(const ExecBundle& bundle, const linux::HostFacts& facts) {
  const oci::Process& process = bundle.process;
  validate_process(process, facts);
  Plan result;
  Builder builder(result);
  const bool by_starter = bundle.launcher == Launcher::starter;
  int64_t root = -1;
  if (by_starter) {
    root = plan_by_starter(builder, bundle);
  } else {
    plan_by_monitor(builder, bundle);
  }
  if (process.exec_cpu_affinity) {
    plan_affinity(builder, Stage::init, process.exec_cpu_affinity->final_);
  } else {
    plan_free_affinity(builder);
  }
  if (bundle.user_namespace)
    builder.init(Op::become_root, "become root of the user namespace", "its ids, not the host's");
  if (root >= 0)
    builder.init(Op::pivot, "chroot into the root", "as the container's own process has it", {}, {2, root + 1});
  plan_setting(builder, process, facts, {bundle.new_keyring, !by_starter, false, bundle.plain_lines});
  if (bundle.personality) plan_personality(builder, *bundle.personality);
  plan_user(builder, process, facts);
  plan_rights(builder, process, {bundle.seccomp_filter, bundle.seccomp_flags}, facts);
  plan_command(builder, process);
  return result;
}

}  // namespace minidock::runtime
