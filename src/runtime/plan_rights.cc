// What the process may: capabilities, no_new_privs, the filter.
#include "linux/capabilities.h"
#include "runtime/plan_process.h"

namespace minidock::runtime {

namespace {
struct Masks {
  linux::CapabilityMask bounding, effective, permitted, inheritable, ambient;
};

// What this program or this kernel does not know cannot be given, and what the caller lacks neither.
linux::CapabilityMask mask_of(const std::vector<std::string>& names, const linux::HostFacts& facts) {
  linux::CapabilityMask mask = 0;
  for (const std::string& name : names) {
    if (const std::optional<int> number = linux::capability_number(name)) mask |= linux::CapabilityMask{1} << *number;
  }
  return mask & facts.bounding;
}

Masks capability_masks(const oci::Capabilities& capabilities, const linux::HostFacts& facts) {
  const auto mask = [&](const std::vector<std::string>& names) { return mask_of(names, facts); };
  return {mask(capabilities.bounding), mask(capabilities.effective), mask(capabilities.permitted),
          mask(capabilities.inheritable), mask(capabilities.ambient)};
}

// kernel: prctl(2) PR_CAP_AMBIENT_RAISE: only what is permitted and inheritable too.
void leave_out_impossible_ambient(Builder& builder, Masks& masks) {
  const linux::CapabilityMask possible = masks.permitted & masks.inheritable;
  for (const std::string& name : linux::capability_names(masks.ambient & ~possible)) {
    // As runc begins it, which callers know.
    builder.warn(cat("can't raise ambient capability ", name, ": it is not both permitted and inheritable"));
  }
  masks.ambient &= possible;
}
}  // namespace

void plan_user(Builder& builder, const oci::Process& process, const linux::HostFacts& facts) {
  const Masks masks = capability_masks(process.capabilities, facts);
  for (const std::string& name : process.capabilities.bounding) {
    if (!linux::capability_number(name)) builder.warn(cat("unknown capability ", printable(name), " is left out"));
  }
  builder.init(Op::bounding_set, "drop capabilities from the bounding set",
               "what is gone from here no program regains, not even a setuid one", {},
               {static_cast<int64_t>(masks.bounding)});
  builder.init(Op::become_user, "become the container's user",
               "groups, then group, then user: each needs the right that the next gives up");
  builder.init(Op::find_command, cat("find ", process.args[0]), "along the container's PATH, with its user's rights");
}

void plan_rights(Builder& builder, const oci::Process& process, const Filter& filter, const linux::HostFacts& facts) {
  Masks masks = capability_masks(process.capabilities, facts);
  leave_out_impossible_ambient(builder, masks);
  const auto seccomp = [&] {
    if (filter.program.empty()) return;
    builder.init(Op::seccomp, cat("load the system call filter (", filter.program.size() / 8, " instructions)"),
                 "calls that a container has no use for fail, so a bug in one of them is out of reach",
                 {filter.program}, {filter.flags});
  };
  // order: loading a filter needs no_new_privs or CAP_SYS_ADMIN, so without the former it comes before the last drop.
  if (!process.no_new_privileges) seccomp();
  builder.init(
      Op::capability_sets, cat("keep ", linux::capability_names(masks.permitted).size(), " capabilities"),
      "root in the container is not root on the host", {},
      {static_cast<int64_t>(masks.effective), static_cast<int64_t>(masks.permitted),
       static_cast<int64_t>(masks.inheritable), static_cast<int64_t>(masks.ambient), process.user.lookup.has_value()});
  if (process.no_new_privileges) {
    builder.init(Op::no_new_privileges, "set no_new_privs", "no execve can gain rights any more");
    seccomp();
  }
}

}  // namespace minidock::runtime
