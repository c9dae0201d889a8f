#include "linux/host.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "base/error.h"

namespace minidock::linux {
namespace {

TEST(Host, KernelReleasesCompareByNumber) {
  EXPECT_TRUE(kernel_at_least("6.18.0-3-amd64", 5, 10));
  EXPECT_TRUE(kernel_at_least("5.10.0", 5, 10));
  EXPECT_TRUE(kernel_at_least("5.10", 5, 10));
  EXPECT_TRUE(kernel_at_least("6.1-rc3", 6, 1));
  EXPECT_FALSE(kernel_at_least("5.9.16", 5, 10));
  EXPECT_FALSE(kernel_at_least("4.19.0", 5, 1));
  EXPECT_FALSE(kernel_at_least("", 1, 0));
  EXPECT_FALSE(kernel_at_least("six", 1, 0));
}

TEST(Host, FactsOfThisMachine) {
  const HostFacts facts = read_host_facts();
  EXPECT_FALSE(facts.online_cpus.empty());
  EXPECT_TRUE(kernel_at_least(facts.kernel_release, 4, 0)) << facts.kernel_release;
  EXPECT_GE(facts.last_capability, 40);
  struct rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(facts.hard_limits.at("RLIMIT_NOFILE"), limit.rlim_max);
  EXPECT_EQ(facts.hard_limits.size(), 16u);
}

TEST(Host, AnOldKernelIsNamed) {
  HostFacts facts;
  facts.kernel_release = "4.19.0";
  try {
    require_container_support(facts);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    EXPECT_STREQ(error.what(), "cannot run containers: kernel 4.19.0 is too old; boot 5.10 or later");
  }
}

TEST(Host, FileSystemsByName) {
  EXPECT_EQ(file_system_type("/proc"), "0x00009fa0");
  EXPECT_THROW(file_system_type("/proc/no such file"), Error);
}

}  // namespace
}  // namespace minidock::linux
