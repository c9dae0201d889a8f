#include "oci/spec_parts.h"

namespace minidock::oci {

namespace {

using nlohmann::json;

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

json to_value(const Scheduler& scheduler) {
  json out = {{"policy", scheduler.policy}};
  put(out, "nice", scheduler.nice);
  put(out, "priority", scheduler.priority);
  put(out, "flags", scheduler.flags);
  put(out, "runtime", scheduler.runtime);
  put(out, "deadline", scheduler.deadline);
  put(out, "period", scheduler.period);
  return out;
}

json to_value(const ExecCpuAffinity& affinity) {
  json out = json::object();
  put(out, "initial", affinity.initial);
  put(out, "final", affinity.final_);
  return out;
}

}  // namespace

json to_value(const Process& process) {
  json out = json::object();
  put(out, "terminal", process.terminal);
  if (process.rows != 0 || process.columns != 0)
    out["consoleSize"] = {{"height", process.rows}, {"width", process.columns}};
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
  put(out, "selinuxLabel", process.selinux_label);
  put(out, "oomScoreAdj", process.oom_score_adj);
  if (process.scheduler) out["scheduler"] = to_value(*process.scheduler);
  if (process.io_priority)
    out["ioPriority"] = {{"class", process.io_priority->io_class}, {"priority", process.io_priority->priority}};
  if (process.exec_cpu_affinity) out["execCPUAffinity"] = to_value(*process.exec_cpu_affinity);
  return out;
}

}  // namespace minidock::oci
