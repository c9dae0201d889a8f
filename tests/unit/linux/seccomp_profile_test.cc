#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <seccomp.h>

#include "base/error.h"
#include "linux/seccomp.h"
#include "unit/linux/classic_bpf.h"

namespace minidock::linux {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const SeccompMachine kMachine = {"amd64", "5.10.0-8-amd64"};
constexpr uint32_t kAllowAction = SECCOMP_RET_ALLOW, kMachineX64 = AUDIT_ARCH_X86_64;

uint32_t error_answer(uint32_t number) {
  return SECCOMP_RET_ERRNO | number;
}

// The names of all rules that hold on kMachine.
std::vector<std::string> names(const std::string& syscalls, CapabilityMask capabilities = 0,
                               const SeccompMachine& machine = kMachine) {
  const std::string json = R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [)" + syscalls + "]}";
  std::vector<std::string> out;
  for (const oci::SeccompRule& rule : parse_seccomp_profile(json, capabilities, machine).rules)
    out.insert(out.end(), rule.names.begin(), rule.names.end());
  return out;
}

std::string failure(const std::string& json) {
  try {
    compile_seccomp(parse_seccomp_profile(json, 0, kMachine));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(SeccompProfile, ReadsEveryField) {
  const oci::Seccomp profile = parse_seccomp_profile(R"({
    "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "flags": ["SECCOMP_FILTER_FLAG_LOG"],
    "archMap": [{"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]},
                {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]}],
    "syscalls": [{"names": ["personality"], "action": "SCMP_ACT_ALLOW", "errnoRet": 5,
                  "args": [{"index": 1, "value": 8, "valueTwo": 9, "op": "SCMP_CMP_MASKED_EQ"}]}]})",
                                                     0, kMachine);
  EXPECT_EQ(profile.default_action, "SCMP_ACT_ERRNO");
  EXPECT_EQ(profile.default_errno_ret, 38u);
  EXPECT_THAT(profile.architectures, ElementsAre("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"));
  EXPECT_THAT(*profile.flags, ElementsAre("SECCOMP_FILTER_FLAG_LOG"));
  ASSERT_EQ(profile.rules.size(), 1u);
  EXPECT_EQ(profile.rules[0].errno_ret, 5u);
  ASSERT_EQ(profile.rules[0].args.size(), 1u);
  EXPECT_EQ(profile.rules[0].args[0].index, 1u);
  EXPECT_EQ(profile.rules[0].args[0].value, 8u);
  EXPECT_EQ(profile.rules[0].args[0].value_two, 9u);
}

TEST(SeccompProfile, ConditionsOfCapabilitiesArchitecturesAndKernels) {
  const auto rule = [](const char* condition) {
    return std::string(R"({"names": ["read"], "action": "SCMP_ACT_ALLOW", )") + condition + "}";
  };
  const CapabilityMask boot = CapabilityMask{1} << CAP_SYS_BOOT, both = boot | CapabilityMask{1} << CAP_BPF;
  const auto holds = [&](const char* condition, CapabilityMask mask) {
    return names(rule(condition), mask).size() == 1;
  };
  EXPECT_TRUE(holds(R"("includes": {"caps": ["CAP_SYS_BOOT"]})", boot));
  EXPECT_FALSE(holds(R"("includes": {"caps": ["CAP_SYS_BOOT"]})", 0));
  EXPECT_FALSE(holds(R"("includes": {"caps": ["CAP_SYS_BOOT", "CAP_BPF"]})", boot)) << "all must be held";
  EXPECT_TRUE(holds(R"("includes": {"caps": ["CAP_SYS_BOOT", "CAP_BPF"]})", both));
  EXPECT_FALSE(holds(R"("excludes": {"caps": ["CAP_SYS_BOOT", "CAP_BPF"]})", boot)) << "one excludes";
  EXPECT_TRUE(holds(R"("excludes": {"caps": ["CAP_SYS_BOOT"]})", 0));
  EXPECT_FALSE(holds(R"("includes": {"caps": ["CAP_OF_TOMORROW"]})", ~CapabilityMask{0}));
  EXPECT_TRUE(holds(R"("includes": {"arches": ["arm64", "amd64"]})", 0));
  EXPECT_FALSE(holds(R"("includes": {"arches": ["arm64"]})", 0));
  EXPECT_FALSE(holds(R"("excludes": {"arches": ["amd64"]})", 0));
  EXPECT_TRUE(holds(R"("includes": {"minKernel": "4.8"})", 0));
  EXPECT_TRUE(holds(R"("includes": {"minKernel": "5.10"})", 0));
  EXPECT_FALSE(holds(R"("includes": {"minKernel": "5.11"})", 0));
  EXPECT_FALSE(holds(R"("excludes": {"minKernel": "4.8"})", 0));
}

TEST(SeccompProfile, TheOlderFormsAreRead) {
  EXPECT_THAT(names(R"({"name": "read", "action": "SCMP_ACT_ALLOW"})"), ElementsAre("read"));
  const auto profile = parse_seccomp_profile(
      R"({"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"]})", 0, kMachine);
  EXPECT_THAT(profile.architectures, ElementsAre("SCMP_ARCH_X86_64"));
}

TEST(SeccompProfile, MistakesAreNamed) {
  EXPECT_THAT(failure("{"), HasSubstr("seccomp profile"));
  EXPECT_THAT(failure("{}"), HasSubstr("defaultAction: is missing"));
  EXPECT_THAT(failure(R"({"defaultAction": 5})"), HasSubstr("defaultAction"));
  EXPECT_THAT(failure(R"({"defaultAction": "SCMP_ACT_FOO"})"), HasSubstr("unknown action \"SCMP_ACT_FOO\""));
  EXPECT_THAT(failure(R"({"defaultAction": "SCMP_ACT_NOTIFY"})"), HasSubstr("SCMP_ACT_NOTIFY"));
  EXPECT_THAT(failure(R"({"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_VAX"]})"),
              HasSubstr("unknown architecture"));
  const auto rule = [](const char* text) {
    return std::string(R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [)") + text + "]}";
  };
  EXPECT_THAT(failure(rule(R"({"action": "SCMP_ACT_ERRNO"})")), HasSubstr("names"));
  EXPECT_THAT(failure(rule(R"({"names": ["read"]})")), HasSubstr("action"));
  EXPECT_THAT(failure(rule(R"({"names": ["read"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "op": "X"}]})")),
              HasSubstr("unknown operator \"X\""));
  EXPECT_THAT(
      failure(rule(R"({"names": ["read"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 6, "op": "SCMP_CMP_EQ"}]})")),
      HasSubstr("argument index 6"));
  EXPECT_THAT(failure(rule(R"({"names": ["read"], "action": "SCMP_ACT_ERRNO", "includes": {"minKernel": "x"}})")),
              HasSubstr("minKernel"));
}

oci::Seccomp allow_all() {
  oci::Seccomp profile;
  profile.default_action = "SCMP_ACT_ALLOW";
  return profile;
}

TEST(SeccompCompile, ActionsOfRulesAndDefault) {
  if (seccomp_arch_native() != SCMP_ARCH_X86_64) GTEST_SKIP() << "numbers of x86_64";
  oci::Seccomp profile = allow_all();
  profile.rules = {{{"chmod"}, "SCMP_ACT_ERRNO", std::nullopt, {}},
                   {{"chown"}, "SCMP_ACT_ERRNO", 95, {}},
                   {{"mkdir"}, "SCMP_ACT_KILL_PROCESS", {}, {}},
                   {{"rmdir"}, "SCMP_ACT_KILL", {}, {}},
                   {{"link"}, "SCMP_ACT_TRAP", {}, {}},
                   {{"unlink"}, "SCMP_ACT_LOG", {}, {}},
                   {{"rename"}, "SCMP_ACT_TRACE", 7, {}},
                   {{"no_such_call"}, "SCMP_ACT_KILL", {}, {}}};
  const ClassicBpf filter(compile_seccomp(profile));
  const auto answer = [&](const char* name) { return filter.answer(kMachineX64, seccomp_syscall_resolve_name(name)); };
  EXPECT_EQ(answer("chmod"), error_answer(EPERM));
  EXPECT_EQ(answer("chown"), error_answer(95));
  EXPECT_EQ(answer("mkdir"), static_cast<uint32_t>(SECCOMP_RET_KILL_PROCESS));
  EXPECT_EQ(answer("rmdir"), static_cast<uint32_t>(SECCOMP_RET_KILL_THREAD));
  EXPECT_EQ(answer("link") & SECCOMP_RET_ACTION_FULL, static_cast<uint32_t>(SECCOMP_RET_TRAP));
  EXPECT_EQ(answer("unlink"), SECCOMP_RET_LOG);
  EXPECT_EQ(answer("rename"), SECCOMP_RET_TRACE | 7);
  EXPECT_EQ(answer("read"), kAllowAction);
  EXPECT_EQ(filter.answer(kMachineX64, 9999), kAllowAction) << "an allowing default knows no absent calls";
}

TEST(SeccompCompile, ConditionsOfOneRuleMustAllHold) {
  if (seccomp_arch_native() != SCMP_ARCH_X86_64) GTEST_SKIP() << "numbers of x86_64";
  oci::Seccomp profile = allow_all();
  profile.rules = {{{"dup3"}, "SCMP_ACT_ERRNO", 1, {{0, 5, 0, "SCMP_CMP_EQ"}, {1, 6, 0, "SCMP_CMP_GE"}}},
                   {{"dup2"}, "SCMP_ACT_ERRNO", 1, {{0, 5, 0, "SCMP_CMP_LE"}, {0, 9, 0, "SCMP_CMP_GT"}}}};
  const ClassicBpf filter(compile_seccomp(profile));
  const int dup3 = seccomp_syscall_resolve_name("dup3"), dup2 = seccomp_syscall_resolve_name("dup2");
  EXPECT_EQ(filter.answer(kMachineX64, dup3, {5, 6}), error_answer(1));
  EXPECT_EQ(filter.answer(kMachineX64, dup3, {5, uint64_t{1} << 40}), error_answer(1));
  EXPECT_EQ(filter.answer(kMachineX64, dup3, {5, 5}), kAllowAction);
  EXPECT_EQ(filter.answer(kMachineX64, dup3, {4, 6}), kAllowAction);
  EXPECT_EQ(filter.answer(kMachineX64, dup2, {5}), error_answer(1)) << "several on one argument are alternatives";
  EXPECT_EQ(filter.answer(kMachineX64, dup2, {7}), kAllowAction);
  EXPECT_EQ(filter.answer(kMachineX64, dup2, {10}), error_answer(1));
}

TEST(SeccompCompile, ADefaultOfEnosysNeedsNoPrologue) {
  oci::Seccomp profile;
  profile.default_action = "SCMP_ACT_ERRNO";
  profile.default_errno_ret = ENOSYS;
  profile.rules = {{{"read", "mseal"}, "SCMP_ACT_ALLOW", {}, {}}, {{"write"}, "SCMP_ACT_ERRNO", ENOSYS, {}}};
  const ClassicBpf filter(compile_seccomp(profile));
  const uint32_t arch = seccomp_arch_native();
  EXPECT_EQ(filter.answer(arch, seccomp_syscall_resolve_name("read")), kAllowAction);
  EXPECT_EQ(filter.answer(arch, 462), kAllowAction);
  EXPECT_EQ(filter.answer(arch, seccomp_syscall_resolve_name("write")), error_answer(ENOSYS));
  EXPECT_EQ(filter.answer(arch, 500), error_answer(ENOSYS));
}

TEST(SeccompCompile, X32IsFilteredWhereAProfileListsIt) {
  if (seccomp_arch_native() != SCMP_ARCH_X86_64) GTEST_SKIP() << "x32 belongs to x86_64";
  oci::Seccomp profile;
  profile.default_action = "SCMP_ACT_ERRNO";
  profile.architectures = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X32"};
  profile.rules = {{{"read", "close"}, "SCMP_ACT_ALLOW", {}, {}}};
  const ClassicBpf filter(compile_seccomp(profile));
  EXPECT_EQ(filter.answer(kMachineX64, 0x40000000), kAllowAction);
  EXPECT_EQ(filter.answer(kMachineX64, 0x40000001), error_answer(EPERM));
  EXPECT_EQ(filter.answer(kMachineX64, 1), error_answer(EPERM));
  EXPECT_EQ(filter.answer(kMachineX64, 4), error_answer(ENOSYS)) << "newer than all that the profile names";
}

}  // namespace
}  // namespace minidock::linux
