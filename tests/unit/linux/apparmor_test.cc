#include "linux/apparmor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/text.h"

namespace minidock::linux {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// The text without comments and empty lines, one rule a line.
std::vector<std::string> rules(const std::string& profile) {
  std::vector<std::string> out;
  for (const std::string& line : split(profile, '\n')) {
    const std::string_view rule = trim(line);
    if (!rule.empty() && !rule.starts_with('#')) out.emplace_back(rule);
  }
  return out;
}

TEST(Apparmor, DefaultProfile) {
  EXPECT_EQ(rules(apparmor_profile_text(false)),
            (std::vector<std::string>{"profile minidock-default flags=(attach_disconnected, mediate_deleted) {",
                                      "capability,",
                                      "file,",
                                      "umount,",
                                      "network,",
                                      "deny network alg,",
                                      "signal receive peer=unconfined,",
                                      "signal (send, receive) peer=minidock-default,",
                                      "ptrace (trace, read, tracedby, readby) peer=minidock-default,",
                                      "deny mount,",
                                      "deny /proc/* wl,",
                                      "deny /proc/[^0-9s]*/** wl,",
                                      "deny /proc/s[^y]*/** wl,",
                                      "deny /proc/sy[^s]*/** wl,",
                                      "deny /proc/sys[^/]*/** wl,",
                                      "deny /proc/sys/[^k]** wl,",
                                      "deny /proc/sys/kernel/[^s]** wl,",
                                      "deny /proc/sys/kernel/s[^h]** wl,",
                                      "deny /proc/sys/kernel/sh[^m]** wl,",
                                      "deny /proc/kcore rwklx,",
                                      "deny /proc/sysrq-trigger rwklx,",
                                      "deny /sys/[^f]*/** wklx,",
                                      "deny /sys/f[^s]*/** wklx,",
                                      "deny /sys/fs/[^c]*/** wklx,",
                                      "deny /sys/fs/c[^g]*/** wklx,",
                                      "deny /sys/fs/cg[^r]*/** wklx,",
                                      "deny /sys/firmware/** rwklx,",
                                      "deny /sys/kernel/security/** rwklx,",
                                      "deny /sys/devices/virtual/powercap/** rwklx,",
                                      "}"}));
}

TEST(Apparmor, TheFeatureSetIsNamedOnlyWhereTheHostHasIt) {
  EXPECT_THAT(apparmor_profile_text(true), StartsWith("abi <abi/3.0>,\n"));
  EXPECT_THAT(apparmor_profile_text(false), Not(HasSubstr("abi <")));
}

TEST(Apparmor, ProfilesAreListedByWholeName) {
  const char* profiles = "minidock-default (enforce)\nsnap (old) (complain)\n/usr/bin/man (enforce)\n";
  EXPECT_TRUE(lists_apparmor_profile(profiles, "minidock-default"));
  EXPECT_TRUE(lists_apparmor_profile(profiles, "snap (old)"));
  EXPECT_FALSE(lists_apparmor_profile(profiles, "minidock"));
  EXPECT_FALSE(lists_apparmor_profile(profiles, "snap"));
  EXPECT_FALSE(lists_apparmor_profile(profiles, ""));
  EXPECT_FALSE(lists_apparmor_profile("", "minidock-default"));
}

TEST(Apparmor, WithoutTheModuleAProfileByNameIsRefused) {
  EXPECT_NO_THROW(ensure_apparmor_profile("unconfined"));
  if (apparmor_active()) GTEST_SKIP() << "AppArmor is active here";
  try {
    ensure_apparmor_profile("mine");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
  }
}

}  // namespace
}  // namespace minidock::linux
