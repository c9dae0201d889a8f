#include <errno.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>

#include <set>

#include "base/text.h"
#include "linux/seccomp.h"
#include "linux/seccomp_table.h"
#include "oci/digest.h"
#include "unit/linux/classic_bpf.h"

namespace minidock::linux {
namespace {

constexpr uint32_t kAllow = SECCOMP_RET_ALLOW, kDenied = SECCOMP_RET_ERRNO | EPERM,
                   kAbsent = SECCOMP_RET_ERRNO | ENOSYS;
constexpr uint32_t kX86 = AUDIT_ARCH_I386, kX64 = AUDIT_ARCH_X86_64;

CapabilityMask with(int capability) {
  return default_capabilities() | CapabilityMask{1} << capability;
}

const ClassicBpf& default_filter() {
  static const ClassicBpf filter(compile_seccomp(default_seccomp_profile(default_capabilities())));
  return filter;
}

bool on_x86_64() {
  return seccomp_arch_native() == SCMP_ARCH_X86_64;
}

int number_of(const std::string& name) {
  return seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, name.c_str());
}

std::set<std::string> words(const char* text) {
  const std::vector<std::string> parts = split(text, ' ');
  return {parts.begin(), parts.end()};
}

// Each call of x86_64 that docker's profile blocks with the fourteen capabilities, 67; two more are podman's.
const std::set<std::string> kBlocked = words(
    "_sysctl acct add_key afs_syscall bpf clock_settime clone3 create_module delete_module fanotify_init "
    "finit_module fsconfig fsmount fsopen fspick get_kernel_syms get_mempolicy getpmsg init_module "
    "io_uring_enter io_uring_register io_uring_setup ioperm iopl kcmp kexec_file_load kexec_load keyctl "
    "lookup_dcookie mbind migrate_pages mount mount_setattr move_mount move_pages nfsservctl "
    "open_by_handle_at open_tree perf_event_open pidfd_getfd pivot_root process_madvise putpmsg query_module "
    "quotactl quotactl_fd reboot request_key security set_mempolicy set_mempolicy_home_node setdomainname "
    "sethostname setns settimeofday swapoff swapon sysfs syslog tuxcall umount2 unshare uselib userfaultfd "
    "ustat vhangup vserver"
    " io_pgetevents vmsplice");

const std::set<std::string> kAnsweredAbsent = {"clone3", "io_pgetevents", "cachestat", "map_shadow_stack"};

TEST(SeccompDefault, BlocksExactlyTheListedCallsOfTheKernel61Table) {
  if (!on_x86_64()) GTEST_SKIP() << "the list is x86_64's";
  ASSERT_EQ(kBlocked.size(), 69u);
  int seen = 0;
  for (int number = 0; number <= 450; ++number) {
    char* known = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, number);
    if (known == nullptr) continue;
    const std::string name = known;
    free(known);
    ++seen;
    const uint32_t expected = kAnsweredAbsent.count(name) ? kAbsent : kBlocked.count(name) ? kDenied : kAllow;
    // Calls that are decided by their arguments get harmless ones: AF_UNSPEC, PER_LINUX, no flags.
    EXPECT_EQ(default_filter().answer(kX64, number), expected) << name;
  }
  EXPECT_EQ(seen, 362) << "calls of the 6.1 headers";
}

TEST(SeccompDefault, CallsNewerThanTheTableAreAbsentAndRecentOnesKnown) {
  if (!on_x86_64()) GTEST_SKIP() << "numbers of x86_64";
  const auto answer = [](int number) { return default_filter().answer(kX64, number); };
  EXPECT_EQ(answer(451), kAbsent) << "cachestat";
  EXPECT_EQ(answer(452), kAllow) << "fchmodat2";
  EXPECT_EQ(answer(453), kAbsent) << "map_shadow_stack";
  EXPECT_EQ(answer(454), kAllow) << "futex_wake";
  EXPECT_EQ(answer(457), kAllow) << "statmount";
  EXPECT_EQ(answer(459), kDenied) << "lsm_get_self_attr";
  EXPECT_EQ(answer(462), kAllow) << "mseal";
  EXPECT_EQ(answer(463), kAllow) << "setxattrat";
  EXPECT_EQ(answer(466), kAllow) << "removexattrat";
  EXPECT_EQ(answer(335), kAllow) << "uretprobe";
  EXPECT_EQ(answer(467), kAbsent);
  EXPECT_EQ(answer(600), kAbsent);
  EXPECT_EQ(answer(-1), kAbsent);
  EXPECT_EQ(answer(336), kDenied) << "a gap in the table";
}

TEST(SeccompDefault, SocketFamiliesAreComparedIn32Bits) {
  if (!on_x86_64()) GTEST_SKIP() << "numbers of x86_64";
  for (const uint64_t high : {uint64_t{0}, uint64_t{1} << 32, uint64_t{0xffffffff} << 32}) {
    for (uint64_t family = 0; family < 100; ++family) {
      const bool blocked = family == 33 || family == 38 || family == 40 || family >= 48;
      EXPECT_EQ(default_filter().answer(kX64, number_of("socket"), {high | family}), blocked ? kDenied : kAllow)
          << family << " with upper bits " << high;
    }
  }
  for (const uint64_t family : {33, 38, 40}) EXPECT_EQ(default_filter().answer(kX86, 359, {family}), kDenied) << family;
  EXPECT_EQ(default_filter().answer(kX86, 359, {2}), kAllow);
}

TEST(SeccompDefault, PersonalityValues) {
  if (!on_x86_64()) GTEST_SKIP() << "numbers of x86_64";
  const auto answer = [](uint64_t value) { return default_filter().answer(kX64, number_of("personality"), {value}); };
  for (const uint64_t value : {0x0u, 0x8u, 0x20000u, 0x20008u, 0xffffffffu}) EXPECT_EQ(answer(value), kAllow) << value;
  for (const uint64_t value : {0x1u, 0x40000u, 0x400000u, 0xfffffffeu}) EXPECT_EQ(answer(value), kDenied) << value;
}

TEST(SeccompDefault, CloneMakesNoNamespaces) {
  if (!on_x86_64()) GTEST_SKIP() << "numbers of x86_64";
  const auto answer = [](uint64_t flags) { return default_filter().answer(kX64, number_of("clone"), {flags}); };
  EXPECT_EQ(answer(0), kAllow);
  EXPECT_EQ(answer(CLONE_VM | CLONE_THREAD | CLONE_SIGHAND), kAllow);
  for (const uint64_t flag :
       {CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET})
    EXPECT_EQ(answer(flag | CLONE_VM), kDenied) << flag;
}

TEST(SeccompDefault, CapabilitiesOpenTheirCallsAndNoOthers) {
  if (!on_x86_64()) GTEST_SKIP() << "numbers of x86_64";
  const std::pair<int, std::set<std::string>> cases[] = {
      {CAP_DAC_READ_SEARCH, {"open_by_handle_at"}},
      {CAP_SYS_ADMIN, {"bpf",           "clone3",      "fanotify_init",   "fsconfig", "fsmount",
                       "fsopen",        "fspick",      "lookup_dcookie",  "mount",    "mount_setattr",
                       "move_mount",    "open_tree",   "perf_event_open", "quotactl", "quotactl_fd",
                       "setdomainname", "sethostname", "setns",           "syslog",   "umount2",
                       "unshare"}},
      {CAP_SYS_BOOT, {"reboot"}},
      {CAP_SYS_MODULE, {"delete_module", "init_module", "finit_module"}},
      {CAP_SYS_PACCT, {"acct"}},
      {CAP_SYS_PTRACE, {"kcmp", "pidfd_getfd", "process_madvise"}},
      {CAP_SYS_RAWIO, {"iopl", "ioperm"}},
      {CAP_SYS_TIME, {"settimeofday", "clock_settime"}},
      {CAP_SYS_TTY_CONFIG, {"vhangup"}},
      {CAP_SYS_NICE, {"get_mempolicy", "mbind", "set_mempolicy", "set_mempolicy_home_node"}},
      {CAP_SYSLOG, {"syslog"}},
      {CAP_BPF, {"bpf"}},
      {CAP_PERFMON, {"perf_event_open"}},
      {CAP_NET_ADMIN, {}}};
  for (const auto& [capability, opened] : cases) {
    const ClassicBpf filter(compile_seccomp(default_seccomp_profile(with(capability))));
    for (const std::string& name : kBlocked) {
      const bool open = opened.count(name) != 0;
      EXPECT_EQ(filter.answer(kX64, number_of(name)) == kAllow, open) << name << " with capability " << capability;
    }
  }
  const ClassicBpf admin(compile_seccomp(default_seccomp_profile(with(CAP_SYS_ADMIN))));
  EXPECT_EQ(admin.answer(kX64, number_of("clone"), {CLONE_NEWUSER}), kAllow);
  EXPECT_EQ(admin.answer(kX64, 459), kAllow) << "lsm_get_self_attr, by its number";
}

TEST(SeccompDefault, ChrootNeedsItsCapability) {
  if (!on_x86_64()) GTEST_SKIP() << "numbers of x86_64";
  EXPECT_EQ(default_filter().answer(kX64, number_of("chroot")), kAllow);
  const ClassicBpf bare(compile_seccomp(default_seccomp_profile(0)));
  EXPECT_EQ(bare.answer(kX64, number_of("chroot")), kDenied);
}

TEST(SeccompDefault, OtherArchitecturesOfTheMachine) {
  if (!on_x86_64()) GTEST_SKIP() << "numbers of x86_64";
  EXPECT_EQ(default_filter().answer(kX86, 3), kAllow) << "read";
  EXPECT_EQ(default_filter().answer(kX86, 21), kDenied) << "mount";
  EXPECT_EQ(default_filter().answer(kX86, 310), kDenied) << "unshare";
  EXPECT_EQ(default_filter().answer(kX86, 120, {CLONE_NEWUSER}), kDenied) << "clone";
  EXPECT_EQ(default_filter().answer(kX86, 435), kAbsent) << "clone3";
  EXPECT_EQ(default_filter().answer(kX86, 462), kAllow) << "mseal";
  EXPECT_EQ(default_filter().answer(kX86, 467), kAbsent);
  EXPECT_EQ(default_filter().answer(kX64, 0x40000000), kAbsent) << "x32's read";
  EXPECT_EQ(default_filter().answer(AUDIT_ARCH_AARCH64, 63), kAbsent);
}

TEST(SeccompDefault, CapabilitiesThatOpenNothingChangeNothing) {
  const auto names = [](CapabilityMask mask) { return default_seccomp_profile(mask).rules.front().names; };
  EXPECT_EQ(names(default_capabilities()), names(with(CAP_NET_ADMIN)));
  EXPECT_NE(names(default_capabilities()), names(with(CAP_SYS_BOOT)));
}

// The cache finds a filter by this version: whoever changes a table changes both figures.
TEST(SeccompDefault, TablesAndVersionBelongTogether) {
  std::string text;
  for (const auto groups : {seccomp_file_calls(), seccomp_process_calls()})
    for (const CallGroup& group : groups) text += cat(group.calls, "\n");
  for (const auto& [capability, group] : seccomp_capability_calls()) text += cat(capability, " ", group.calls, "\n");
  text += seccomp_absent_calls().calls;
  EXPECT_EQ(kSeccompProfileVersion, 1);
  EXPECT_EQ(oci::sha256(text).short_hex(), "56a56736a20e");
}

}  // namespace
}  // namespace minidock::linux
