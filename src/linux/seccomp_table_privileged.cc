#include <seccomp.h>

#include "linux/seccomp_table.h"

namespace minidock::linux {
namespace {

// Whoever was given the capability was meant to use it; without it these are only attack surface.
constexpr ConditionalGroup kConditional[] = {
    {CAP_DAC_READ_SEARCH, {"open by handle reaches files of other mounts", "open_by_handle_at"}},
    {CAP_SYS_ADMIN,
     {"mounts", "mount umount umount2 mount_setattr move_mount open_tree fsopen fsconfig fsmount fspick"}},
    {CAP_SYS_ADMIN, {"namespaces and host names", "clone clone3 unshare setns sethostname setdomainname"}},
    {CAP_SYS_ADMIN,
     {"administration of the machine",
      "bpf perf_event_open fanotify_init quotactl quotactl_fd lookup_dcookie syslog lsm_get_self_attr "
      "lsm_set_self_attr "
      "lsm_list_modules"}},
    {CAP_SYS_BOOT, {"restart of the machine", "reboot"}},
    {CAP_SYS_CHROOT, {"change of the root directory", "chroot"}},
    {CAP_SYS_MODULE, {"kernel modules", "init_module finit_module delete_module"}},
    {CAP_SYS_PACCT, {"process accounting", "acct"}},
    {CAP_SYS_PTRACE, {"other processes' descriptors and memory", "kcmp pidfd_getfd process_madvise"}},
    {CAP_SYS_RAWIO, {"ports of the hardware", "iopl ioperm"}},
    {CAP_SYS_TIME, {"the machine's clock", "settimeofday stime clock_settime clock_settime64"}},
    {CAP_SYS_TTY_CONFIG, {"hang up a terminal", "vhangup"}},
    {CAP_SYS_NICE, {"memory placement", "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"}},
    {CAP_SYSLOG, {"the kernel's log", "syslog"}},
    {CAP_BPF, {"eBPF programs", "bpf"}},
    {CAP_PERFMON, {"performance counters", "perf_event_open"}},
};

struct RecentCall {
  std::string_view name;
  int number;
};

// kernel: from 424 on a new call has one number on every architecture (arch/*/tools/syscall.tbl).
constexpr RecentCall kRecent[] = {
    {"statmount", 457},        {"listmount", 458},     {"lsm_get_self_attr", 459}, {"lsm_set_self_attr", 460},
    {"lsm_list_modules", 461}, {"mseal", 462},         {"setxattrat", 463},        {"getxattrat", 464},
    {"listxattrat", 465},      {"removexattrat", 466},
};

}  // namespace

std::span<const ConditionalGroup> seccomp_capability_calls() {
  return kConditional;
}

CallGroup seccomp_absent_calls() {
  return {"allowed by docker alone, or (clone3) with flags in memory, where a filter cannot see them",
          "clone3 io_pgetevents io_pgetevents_time64 cachestat map_shadow_stack"};
}

std::optional<int> recent_call_number(std::string_view name, unsigned architecture) {
  // kernel: placed in a gap of one table: arch/x86/entry/syscalls/syscall_64.tbl.
  if (name == "uretprobe") return architecture == SCMP_ARCH_X86_64 ? std::optional(335) : std::nullopt;
  for (const RecentCall& one : kRecent)
    if (one.name == name) return one.number;
  return std::nullopt;
}

}  // namespace minidock::linux
