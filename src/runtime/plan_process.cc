// The process: who it is, where it starts, and at last the command. What it may: plan_rights.cc.
#include <sys/resource.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "runtime/plan_process.h"

namespace minidock::runtime {

namespace {
int rlimit_number(const std::string& type) {
  static const std::map<std::string_view, int> kNumbers = {
      {"RLIMIT_CPU", RLIMIT_CPU},           {"RLIMIT_FSIZE", RLIMIT_FSIZE},
      {"RLIMIT_DATA", RLIMIT_DATA},         {"RLIMIT_STACK", RLIMIT_STACK},
      {"RLIMIT_CORE", RLIMIT_CORE},         {"RLIMIT_RSS", RLIMIT_RSS},
      {"RLIMIT_NPROC", RLIMIT_NPROC},       {"RLIMIT_NOFILE", RLIMIT_NOFILE},
      {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},   {"RLIMIT_AS", RLIMIT_AS},
      {"RLIMIT_LOCKS", RLIMIT_LOCKS},       {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
      {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE}, {"RLIMIT_NICE", RLIMIT_NICE},
      {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},     {"RLIMIT_RTTIME", RLIMIT_RTTIME}};
  const auto found = kNumbers.find(type);
  if (found == kNumbers.end()) throw_error(ErrorKind::invalid, "invalid ulimit type: ", printable(type));
  return found->second;
}

std::string limit_text(uint64_t value) {
  return value == UINT64_MAX ? "unlimited" : cat(value);
}

void plan_rlimits(Builder& builder, const oci::Process& process, const linux::HostFacts& facts) {
  for (oci::Rlimit limit : process.rlimits) {
    const int number = rlimit_number(limit.type);
    const auto hard = facts.hard_limits.find(limit.type);
    // Without CAP_SYS_RESOURCE nobody raises a hard limit: a lower limit and a warning serve the user better than a
    // refusal.
    if (!facts.can_raise_limits && hard != facts.hard_limits.end() && limit.hard > hard->second) {
      builder.warn(cat("ulimit ", lower(limit.type.substr(7)), ": ", limit_text(limit.hard),
                       " is over this host's hard limit; using ", limit_text(hard->second)));
      limit.hard = hard->second;
      limit.soft = std::min(limit.soft, limit.hard);
    }
    builder.init(Op::rlimit, cat("set ", limit.type, " to ", limit_text(limit.soft), ":", limit_text(limit.hard)),
                 "a limit of this process and its children", {},
                 {number, static_cast<int64_t>(limit.soft), static_cast<int64_t>(limit.hard)});
  }
}

void plan_identity(Builder& builder, const oci::User& user) {
  if (user.lookup) {
    std::vector<std::string> texts = {*user.lookup};
    texts.insert(texts.end(), user.add_groups.begin(), user.add_groups.end());
    builder.init(Op::identity, cat("look up user ", user.lookup->empty() ? "0" : *user.lookup),
                 "in the container's own passwd and group, never the host's", std::move(texts), {0});
    return;
  }
  std::vector<int64_t> numbers = {1, user.uid, user.gid};
  numbers.insert(numbers.end(), user.additional_gids.begin(), user.additional_gids.end());
  builder.init(Op::identity, cat("take user ", user.uid, " group ", user.gid), "as the bundle says", {},
               std::move(numbers));
}

}  // namespace

void plan_setting(Builder& builder, const oci::Process& process, const linux::HostFacts& facts, Setting setting) {
  plan_identity(builder, process.user);
  builder.init(Op::workdir, cat("enter ", process.cwd),
               setting.first ? "made if the image has no such directory" : "where the command begins", {process.cwd},
               {setting.first});
  if (process.terminal) {
    builder.init(Op::terminal, "open a terminal",
                 "a pair of the container's own devpts: one end its stdio, the other goes to the monitor", {},
                 {process.rows, process.columns, setting.first, setting.plain_lines});
  } else {
    builder.init(Op::streams, "connect stdin, stdout and stderr", "pipes to the monitor, which logs and forwards");
  }
  if (setting.new_keyring)
    builder.init(Op::new_keyring, "join a new session keyring", "kernel keys of the host stay out of reach");
  plan_rlimits(builder, process, facts);
  plan_scheduling(builder, process);
  if (process.oom_score_adj && setting.oom_score)
    builder.init(Op::oom_score, cat("set oom_score_adj to ", *process.oom_score_adj),
                 "whom the kernel kills first when memory ends", {}, {*process.oom_score_adj});
  if (!process.apparmor_profile.empty())
    builder.init(Op::apparmor, cat("confine the command by AppArmor profile ", process.apparmor_profile),
                 "takes effect at execve", {process.apparmor_profile});
  if (!process.selinux_label.empty())
    builder.init(Op::selinux, cat("label the command ", process.selinux_label),
                 "what SELinux lets it do; takes effect at execve", {process.selinux_label});
  builder.init(Op::umask, "set the umask", "files of the command are not writable by others", {},
               {process.user.umask.value_or(022)});
}

namespace {
// Each variable once: of two with one name the later holds.
std::vector<std::string> last_of_each(const std::vector<std::string>& environment) {
  std::map<std::string_view, size_t> last;
  const auto name = [](const std::string& text) { return std::string_view(text).substr(0, text.find('=')); };
  for (size_t i = 0; i < environment.size(); ++i) last[name(environment[i])] = i;
  std::vector<std::string> out;
  for (size_t i = 0; i < environment.size(); ++i) {
    if (last[name(environment[i])] == i) out.push_back(environment[i]);
  }
  return out;
}
}  // namespace

void plan_command(Builder& builder, const oci::Process& process) {
  const std::vector<std::string> environment = last_of_each(process.env);
  builder.init(Op::environment, cat("environment of ", environment.size(), " variables"),
               "nothing is inherited from the caller", environment);
  builder.init(Op::execute, cat("execute ", join(process.args, " ")), "from here on the container is this command",
               process.args);
}

namespace {
// order: once the working directory is made.
void plan_read_only_root(Builder& builder, const Bundle& bundle) {
  if (bundle.spec.root_readonly)
    builder.init(Op::root_read_only, "make the root read-only", "only volumes, tmpfs and /dev stay writable");
}

void plan_gate(Builder& builder, const Bundle& bundle) {
  if (bundle.gated)
    builder.init(Op::gate, "wait until the container is started", "`create` ends here; `start` opens the gate");
}
}  // namespace

void plan_process(Builder& builder, const Bundle& bundle, const linux::HostFacts& facts) {
  const oci::Process& process = bundle.spec.process;
  // spec: config.md: a bundle without a process can be created; only `start` needs one.
  if (process.args.empty()) {
    plan_read_only_root(builder, bundle);
    plan_gate(builder, bundle);
    return plan_hooks(builder, bundle.spec, "startContainer");
  }
  plan_setting(builder, process, facts,
               {bundle.new_keyring, bundle.launcher == Launcher::monitor, true, bundle.plain_lines});
  plan_read_only_root(builder, bundle);
  if (bundle.spec.linux_.personality) plan_personality(builder, *bundle.spec.linux_.personality);
  plan_user(builder, process, facts);
  plan_gate(builder, bundle);
  plan_rights(builder, process, {bundle.seccomp_filter, bundle.seccomp_flags}, facts);
  // security: such a hook is a program of the image; it has no more rights than the command.
  plan_hooks(builder, bundle.spec, "startContainer");
  if (bundle.use_init)
    builder.init(Op::reaper, "stay as PID 1, go on as its child",
                 "PID 1 has to reap orphans and forward signals; this small one does (--init)");
  plan_command(builder, process);
}

}  // namespace minidock::runtime
