#include "linux/host.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/error.h"
#include "base/time.h"
#include "integration/linux/in_child.h"

namespace minidock::linux {
namespace {

TEST(HostIntegration, ThisMachineRunsContainers) {
  const HostFacts facts = read_host_facts();
  EXPECT_NO_THROW(require_container_support(facts));
  EXPECT_NE(facts.cgroups.mode, CgroupMode::none);
  EXPECT_NE(facts.bounding & default_capabilities(), 0u);
}

TEST(HostIntegration, WithoutRootTheReasonIsSaid) {
  const HostFacts facts = read_host_facts();
  EXPECT_EQ(in_child([&] {
              if (::setresuid(65534, 65534, 65534) != 0) return 2;
              try {
                require_container_support(facts);
              } catch (const Error& error) {
                return error.kind() == ErrorKind::permission ? 0 : 3;
              }
              return 4;
            }),
            0);
}

TEST(HostIntegration, HierarchiesAreKnownByTheirFileSystemNotTheirPath) {
  for (const CgroupHierarchy& one : read_cgroup_layout().hierarchies) {
    const std::string type = file_system_type(one.mount_point);
    EXPECT_EQ(type, one.version == 2 ? "0x63677270" : "0x0027e0eb") << one.mount_point;
  }
  EXPECT_EQ(file_system_type("/run"), "tmpfs");
}

// Every run reads the facts: far below the millisecond that a container's start is counted in.
TEST(HostIntegration, FactsAreReadInUnderAMillisecond) {
  std::vector<Nanoseconds> times;
  for (int i = 0; i < 21; ++i) {
    const Nanoseconds start = monotonic_now();
    read_host_facts();
    times.push_back(monotonic_now() - start);
  }
  std::sort(times.begin(), times.end());
  EXPECT_LT(times[times.size() / 2], kSecond / 1000);
}

}  // namespace
}  // namespace minidock::linux
