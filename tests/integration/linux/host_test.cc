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

template <typename Work>
Nanoseconds median_time(Work work) {
  std::vector<Nanoseconds> times;
  for (int i = 0; i < 31; ++i) {
    const Nanoseconds start = monotonic_now();
    work();
    times.push_back(monotonic_now() - start);
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

// Every run reads the facts, so they must cost little beside the process that it starts. A figure in milliseconds
// would say as much about the machine as about the code.
TEST(HostIntegration, FactsCostNoMoreThanTwoForks) {
  const Nanoseconds facts = median_time([] { read_host_facts(); });
  const Nanoseconds fork = median_time([] { in_child([] { return 0; }); });
  EXPECT_LT(facts, 2 * fork);
  RecordProperty("facts_microseconds", std::to_string(facts / 1000));
}

}  // namespace
}  // namespace minidock::linux
