// A further process in a running container.
#include <sched.h>

#include "runtime/builder.h"
#include "runtime/plan_process.h"
#include "runtime/validate.h"

namespace minidock::runtime {

Plan plan_exec(const ExecBundle& bundle, const linux::HostFacts& facts) {
  const oci::Process& process = bundle.process;
  validate_process(process, facts);
  Plan result;
  Builder builder(result);
  builder.monitor(Op::host_proc, "keep the host's /proc by descriptor",
                  "what is written about the process itself goes there, and never to a file of the container");
  if (process.oom_score_adj)
    builder.monitor(Op::oom_score, cat("set oom_score_adj to ", *process.oom_score_adj),
                    "whom the kernel kills first when memory ends", {}, {*process.oom_score_adj});
  const bool affine = process.exec_cpu_affinity.has_value();
  if (affine) plan_affinity(builder, Stage::monitor, process.exec_cpu_affinity->initial);
  for (const std::string& directory : bundle.v1_directories) {
    builder.monitor(Op::cgroup_join, cat("join cgroup ", directory), "the container's limits hold for it too",
                    {directory});
  }
  const std::string v2_directory = plan_cgroup_enter(builder, bundle.v2_directory, bundle.namespaces);
  const int64_t root = bundle.root.empty() ? -1 : builder.new_slot();
  if (root >= 0)
    builder.monitor(Op::open_directory, "open the container's root", "no mount namespace leads to it", {bundle.root},
                    {root});
  plan_joins(builder, Stage::monitor, bundle.namespaces);
  // kernel: setns into a pid namespace counts for children only; so does a time namespace before 6.3.
  builder.monitor(Op::clone, "clone3 a child into the container", "its parent ends, and so is none of the container's",
                  {v2_directory}, {0});
  if (affine) {
    plan_affinity(builder, Stage::init, process.exec_cpu_affinity->final_);
  } else {
    plan_free_affinity(builder);
  }
  if (bundle.user_namespace)
    builder.init(Op::become_root, "become root of the user namespace", "its ids, not the host's");
  if (root >= 0)
    builder.init(Op::pivot, "chroot into the root", "as the container's own process has it", {}, {2, root + 1});
  plan_setting(builder, process, facts, {bundle.new_keyring, false, false, bundle.plain_lines});
  if (bundle.personality) plan_personality(builder, *bundle.personality);
  plan_user(builder, process, facts);
  plan_rights(builder, process, {bundle.seccomp_filter, bundle.seccomp_flags}, facts);
  plan_command(builder, process);
  return result;
}

}  // namespace minidock::runtime
