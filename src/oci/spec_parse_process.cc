#include <set>

#include "base/text.h"
#include "oci/spec_parts.h"

namespace minidock::oci {

namespace {

User read_user(const JsonReader& from) {
  User user;
  from.read("uid", user.uid);
  from.read("gid", user.gid);
  from.read("additionalGids", user.additional_gids);
  from.read("umask", user.umask);
  from.read("minidock.lookup", user.lookup);
  from.read("minidock.addGroups", user.add_groups);
  return user;
}

Capabilities read_capabilities(const JsonReader& from) {
  Capabilities out;
  from.read("bounding", out.bounding);
  from.read("effective", out.effective);
  from.read("permitted", out.permitted);
  from.read("inheritable", out.inheritable);
  from.read("ambient", out.ambient);
  return out;
}

std::vector<Rlimit> read_rlimits(const JsonReader& from) {
  std::vector<Rlimit> out;
  std::set<std::string> seen;
  for (const JsonReader& element : from.list("rlimits")) {
    Rlimit limit;
    read_required(element, "type", limit.type);
    read_required(element, "soft", limit.soft);
    read_required(element, "hard", limit.hard);
    // spec: config.md "POSIX process": a type that is there twice must be an error.
    if (!seen.insert(limit.type).second) element.fail("type", cat("duplicate ", printable(limit.type)));
    if (limit.soft > limit.hard) element.fail("soft", "expected integer not above hard");
    out.push_back(std::move(limit));
  }
  return out;
}

Scheduler read_scheduler(const JsonReader& from) {
  Scheduler out;
  read_required(from, "policy", out.policy);
  from.read("nice", out.nice);
  from.read("priority", out.priority);
  from.read("flags", out.flags);
  from.read("runtime", out.runtime);
  from.read("deadline", out.deadline);
  from.read("period", out.period);
  return out;
}

IoPriority read_io_priority(const JsonReader& from) {
  IoPriority out;
  read_required(from, "class", out.io_class);
  from.read("priority", out.priority);
  return out;
}

void read_console_size(const JsonReader& from, Process& out) {
  // spec: config.md has them as uint; the kernel's winsize has 16 bits, and more must not wrap around.
  from.read("height", out.rows);
  from.read("width", out.columns);
}

}  // namespace

Process read_process(const JsonReader& from) {
  Process out;
  from.read("terminal", out.terminal);
  if (const auto size = from.find("consoleSize")) read_console_size(*size, out);
  if (const auto user = from.find("user")) out.user = read_user(*user);
  from.read("args", out.args);
  from.read("env", out.env);
  read_absolute(from, "cwd", out.cwd);
  if (const auto capabilities = from.find("capabilities")) out.capabilities = read_capabilities(*capabilities);
  out.rlimits = read_rlimits(from);
  from.read("noNewPrivileges", out.no_new_privileges);
  from.read("apparmorProfile", out.apparmor_profile);
  from.read("selinuxLabel", out.selinux_label);
  from.read("oomScoreAdj", out.oom_score_adj);
  // kernel: /proc/PID/oom_score_adj takes no more (proc(5)).
  if (out.oom_score_adj.value_or(0) < -1000 || out.oom_score_adj.value_or(0) > 1000)
    from.fail("oomScoreAdj", "expected integer from -1000 to 1000");
  if (const auto scheduler = from.find("scheduler")) out.scheduler = read_scheduler(*scheduler);
  if (const auto priority = from.find("ioPriority")) out.io_priority = read_io_priority(*priority);
  if (const auto affinity = from.find("execCPUAffinity")) {
    out.exec_cpu_affinity.emplace();
    affinity->read("initial", out.exec_cpu_affinity->initial);
    affinity->read("final", out.exec_cpu_affinity->final_);
  }
  return out;
}

Process parse_process(std::string_view text) {
  const nlohmann::json document = parse_json(text, "process", ErrorKind::invalid);
  return read_process(JsonReader(document, "process", ErrorKind::invalid));
}

}  // namespace minidock::oci
