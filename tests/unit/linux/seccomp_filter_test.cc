// The filter of a bundle's profile: flags, an agent, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include "base/error.h"
#include "base/text.h"
#include "linux/seccomp.h"
#include "unit/linux/classic_bpf.h"

namespace minidock::linux {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

oci::Seccomp allowing() {
  oci::Seccomp profile;
  profile.default_action = "SCMP_ACT_ALLOW";
  return profile;
}

oci::Seccomp notifying(const char* call) {
  oci::Seccomp profile = allowing();
  profile.rules = {{{call}, "SCMP_ACT_NOTIFY", {}, {}}};
  profile.listener_path = "/run/agent.sock";
  return profile;
}

std::string profile_refusal(const oci::Seccomp& profile) {
  try {
    compile_seccomp_filter(profile);
  } catch (const Error& error) {
    return error.kind() == ErrorKind::invalid ? error.what() : cat("wrong kind: ", error.what());
  }
  return "accepted";
}

unsigned flags_of(std::optional<std::vector<std::string>> flags, oci::Seccomp profile = allowing()) {
  profile.flags = std::move(flags);
  return compile_seccomp_filter(profile).flags;
}

TEST(SeccompFilter, FlagsAreTheKernels) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(flags_of(std::nullopt), SECCOMP_FILTER_FLAG_SPEC_ALLOW) << "runc's default";
  EXPECT_EQ(flags_of(Names{}), 0u);
  EXPECT_EQ(flags_of(Names{"SECCOMP_FILTER_FLAG_TSYNC"}), 0u);
  EXPECT_EQ(flags_of(Names{"SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"}),
            SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW);
  const Names killable = {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"};
  EXPECT_EQ(flags_of(killable), 0u) << "the kernel takes it with a listener alone";
  EXPECT_EQ(flags_of(killable, notifying("mkdir")),
            SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV | SECCOMP_FILTER_FLAG_NEW_LISTENER);
}

TEST(SeccompFilter, AnAgentIsAsked) {
  const SeccompFilter filter = compile_seccomp_filter(notifying("mkdir"));
  EXPECT_TRUE(filter.notify);
  EXPECT_TRUE(filter.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER);
  const ClassicBpf program(filter.program);
  EXPECT_EQ(program.answer(seccomp_arch_native(), seccomp_syscall_resolve_name("mkdir")), SECCOMP_RET_USER_NOTIF);
  EXPECT_EQ(program.answer(seccomp_arch_native(), seccomp_syscall_resolve_name("write")), SECCOMP_RET_ALLOW);
  EXPECT_FALSE(compile_seccomp_filter(allowing()).notify);
  EXPECT_THROW(compile_seccomp(notifying("mkdir")), Error) << "who has no agent";
}

TEST(SeccompFilter, RefusalsNameTheWord) {
  EXPECT_THAT(profile_refusal(notifying("write")), HasSubstr("SCMP_ACT_NOTIFY cannot be used for the write syscall"));
  oci::Seccomp profile = notifying("mkdir");
  profile.listener_path.clear();
  EXPECT_THAT(profile_refusal(profile), HasSubstr("seccomp listenerPath is not set"));
  profile = allowing();
  profile.default_action = "SCMP_ACT_NOTIFY";
  EXPECT_THAT(profile_refusal(profile), HasSubstr("SCMP_ACT_NOTIFY cannot be used as default action"));
  profile.default_action = "SCMP_ACT_MAYBE";
  EXPECT_EQ(profile_refusal(profile), "seccomp profile: unknown action \"SCMP_ACT_MAYBE\"");
  profile = allowing();
  profile.flags = {"SECCOMP_FILTER_FLAG_NEW_LISTENER"};
  EXPECT_EQ(profile_refusal(profile), "seccomp profile: unknown flag \"SECCOMP_FILTER_FLAG_NEW_LISTENER\"");
  profile = allowing();
  profile.architectures = {"SCMP_ARCH_PDP11"};
  EXPECT_EQ(profile_refusal(profile), "seccomp profile: unknown architecture \"SCMP_ARCH_PDP11\"");
  profile = allowing();
  profile.rules = {{{"mkdir"}, "SCMP_ACT_ERRNO", 1, {{0, 1, 0, "SCMP_CMP_ALMOST"}}}};
  EXPECT_EQ(profile_refusal(profile), "seccomp profile: unknown operator \"SCMP_CMP_ALMOST\"");
  profile.rules = {{{"mkdir"}, "SCMP_ACT_ERRNO", 1, {{6, 1, 0, "SCMP_CMP_EQ"}}}};
  EXPECT_THAT(profile_refusal(profile), HasSubstr("argument index 6"));
}

TEST(SeccompFilter, RepeatedRulesAreOneAndContradictionsAreRefused) {
  oci::Seccomp profile = allowing();
  const std::vector<oci::SeccompArg> local = {{0, 1, 0, "SCMP_CMP_EQ"}};
  profile.rules = {{{"socket", "socket"}, "SCMP_ACT_ERRNO", 1, local}, {{"socket"}, "SCMP_ACT_ERRNO", 1, local}};
  EXPECT_EQ(profile_refusal(profile), "accepted");
  profile.rules.push_back({{"socket"}, "SCMP_ACT_ERRNO", 2, local});
  EXPECT_THROW(compile_seccomp_filter(profile), Error) << "one condition, two answers";
}

TEST(SeccompFilter, ManyArchitecturesAndNoRules) {
  oci::Seccomp profile = allowing();
  const auto answer = [&](uint32_t architecture, int number) {
    return ClassicBpf(compile_seccomp_filter(profile).program).answer(architecture, number);
  };
  EXPECT_EQ(answer(seccomp_arch_native(), 1), SECCOMP_RET_ALLOW) << "no rule at all";
  if (seccomp_arch_native() != SCMP_ARCH_X86_64) GTEST_SKIP() << "numbers of x86";
  profile.architectures = {"SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"};
  profile.rules = {{{"mkdir", "mkdirat"}, "SCMP_ACT_ERRNO", 5, {}}};
  EXPECT_EQ(answer(SCMP_ARCH_X86_64, 83), SECCOMP_RET_ERRNO | 5);
  EXPECT_EQ(answer(SCMP_ARCH_X86_64, 0x40000000 + 83), SECCOMP_RET_ERRNO | 5) << "x32";
  EXPECT_EQ(answer(SCMP_ARCH_X86, 39), SECCOMP_RET_ERRNO | 5);
  EXPECT_EQ(answer(SCMP_ARCH_AARCH64, 34), SECCOMP_RET_ERRNO | 5) << "mkdirat alone";
  EXPECT_EQ(answer(SCMP_ARCH_AARCH64, 83), SECCOMP_RET_ALLOW);
  profile.architectures = {"SCMP_ARCH_S390X"};
  EXPECT_THROW(compile_seccomp_filter(profile), Error) << "another byte order";
}

TEST(SeccompFilter, WordsAreThoseThatAreTaken) {
  const SeccompWords words = seccomp_words();
  EXPECT_THAT(words.architectures, Contains("SCMP_ARCH_X86_64"));
  for (const std::string& action : words.actions) {
    oci::Seccomp profile = notifying("mkdir");
    profile.rules.front().action = action;
    EXPECT_EQ(profile_refusal(profile), "accepted") << action;
  }
  for (const std::string& op : words.operators) {
    oci::Seccomp profile = allowing();
    profile.rules = {{{"mkdir"}, "SCMP_ACT_ERRNO", 1, {{0, 1, 1, op}}}};
    EXPECT_EQ(profile_refusal(profile), "accepted") << op;
  }
  EXPECT_EQ(flags_of(words.flags, notifying("mkdir")) & ~SECCOMP_FILTER_FLAG_NEW_LISTENER,
            SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
}

}  // namespace
}  // namespace minidock::linux
