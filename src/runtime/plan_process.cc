// The process: who it is, what it may, where it starts, and at last the command.
#include <sys/resource.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "linux/capabilities.h"
#include "runtime/builder.h"

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

struct Masks {
  linux::CapabilityMask bounding, effective, permitted, inheritable, ambient;
};

Masks capability_masks(const oci::Capabilities& capabilities, const linux::HostFacts& facts) {
  const auto mask = [&](const std::vector<std::string>& names) {
    return linux::capability_mask(names) & facts.bounding;
  };
  return {mask(capabilities.bounding), mask(capabilities.effective), mask(capabilities.permitted),
          mask(capabilities.inheritable), mask(capabilities.ambient)};
}

void plan_rights(Builder& builder, const Bundle& bundle, const Masks& masks) {
  const oci::Process& process = bundle.spec.process;
  const auto seccomp = [&] {
    if (bundle.seccomp_filter.empty()) return;
    builder.init(Op::seccomp, cat("load the system call filter (", bundle.seccomp_filter.size() / 8, " instructions)"),
                 "calls that a container has no use for fail, so a bug in one of them is out of reach",
                 {bundle.seccomp_filter});
  };
  builder.init(Op::bounding_set, "drop capabilities from the bounding set",
               "what is gone from here no program regains, not even a setuid one", {},
               {static_cast<int64_t>(masks.bounding)});
  builder.init(Op::become_user, "become the container's user",
               "groups, then group, then user: each needs the right that the next gives up");
  builder.init(Op::find_command, cat("find ", process.args[0]), "along the container's PATH, with its user's rights");
  // order: loading a filter needs no_new_privs or CAP_SYS_ADMIN, so without the former it comes before the last drop.
  if (!process.no_new_privileges) seccomp();
  builder.init(Op::capability_sets, cat("keep ", linux::capability_names(masks.permitted).size(), " capabilities"),
               "root in the container is not root on the host", {},
               {static_cast<int64_t>(masks.effective), static_cast<int64_t>(masks.permitted),
                static_cast<int64_t>(masks.inheritable), static_cast<int64_t>(masks.ambient)});
  if (process.no_new_privileges) {
    builder.init(Op::no_new_privileges, "set no_new_privs", "no execve can gain rights any more");
    seccomp();
  }
}
}  // namespace

void plan_process(Builder& builder, const Bundle& bundle, const linux::HostFacts& facts) {
  const oci::Process& process = bundle.spec.process;
  plan_identity(builder, process.user);
  builder.init(Op::workdir, cat("enter ", process.cwd), "made if the image has no such directory", {process.cwd});
  if (process.terminal) {
    builder.init(Op::terminal, "open a terminal",
                 "a pair of the container's own devpts: one end its stdio, the other goes to the monitor", {},
                 {process.rows, process.columns});
  } else {
    builder.init(Op::streams, "connect stdin, stdout and stderr", "pipes to the monitor, which logs and forwards");
  }
  if (bundle.spec.root_readonly)
    builder.init(Op::root_read_only, "make the root read-only", "only volumes, tmpfs and /dev stay writable");
  builder.init(Op::new_keyring, "join a new session keyring", "kernel keys of the host stay out of reach");
  plan_rlimits(builder, process, facts);
  if (process.oom_score_adj)
    builder.init(Op::oom_score, cat("set oom_score_adj to ", *process.oom_score_adj),
                 "whom the kernel kills first when memory ends", {}, {*process.oom_score_adj});
  if (!process.apparmor_profile.empty())
    builder.init(Op::apparmor, cat("confine the command by AppArmor profile ", process.apparmor_profile),
                 "takes effect at execve", {process.apparmor_profile});
  builder.init(Op::umask, "set the umask", "files of the command are not writable by others", {},
               {process.user.umask.value_or(022)});
  plan_rights(builder, bundle, capability_masks(process.capabilities, facts));
  if (bundle.use_init)
    builder.init(Op::reaper, "stay as PID 1, go on as its child",
                 "PID 1 has to reap orphans and forward signals; this small one does (--init)");
  builder.init(Op::environment, cat("environment of ", process.env.size(), " variables"),
               "nothing is inherited from the caller", process.env);
  builder.init(Op::execute, cat("execute ", join(process.args, " ")), "from here on the container is this command",
               process.args);
}

}  // namespace minidock::runtime
