#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/text.h"
#include "unit/linux/cgroup_texts.h"

namespace minidock::linux {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

std::vector<std::string> lines(const std::vector<CgroupWrite>& writes) {
  std::vector<std::string> out;
  for (const CgroupWrite& write : writes)
    out.push_back(cat(write.directory, "/", write.file, "=", write.value, write.verify ? " verify" : "",
                      write.optional ? " optional" : ""));
  return out;
}

// The writes that are not device rules.
std::vector<std::string> limits(const CgroupPlan& plan) {
  std::vector<std::string> out;
  for (std::string& line : lines(plan.writes))
    if (line.find("/devices.") == std::string::npos) out.push_back(std::move(line));
  return out;
}

std::string failure(const CgroupLayout& layout, const oci::Resources& resources, const std::string& path = "/c") {
  try {
    plan_cgroup(layout, path, resources);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(CgroupPlan, WithoutLimitsOnlyWhatGuardsAndReportsIsJoined) {
  const CgroupPlan plan = plan_cgroup(v1_host(), "/c", {});
  EXPECT_THAT(plan.directories,
              ElementsAre("/sys/fs/cgroup/devices/c", "/sys/fs/cgroup/memory/c", "/sys/fs/cgroup/pids/c"));
  EXPECT_EQ(plan.v1_directories, plan.directories);
  EXPECT_THAT(limits(plan), IsEmpty());
  EXPECT_THAT(plan.before, IsEmpty());
  EXPECT_EQ(plan.v2_directory, "");
  EXPECT_EQ(plan.device_program, "");
  EXPECT_THAT(plan.warnings, IsEmpty());
}

TEST(CgroupPlan, HybridJoinsV1AndLeavesAnIdleV2Alone) {
  oci::Resources resources;
  resources.pids_limit = 10;
  const CgroupPlan plan = plan_cgroup(hybrid_host(), "/minidock/c", resources);
  EXPECT_THAT(plan.directories, ElementsAre("/sys/fs/cgroup/devices/minidock", "/sys/fs/cgroup/devices/minidock/c",
                                            "/sys/fs/cgroup/memory/minidock", "/sys/fs/cgroup/memory/minidock/c",
                                            "/sys/fs/cgroup/pids/minidock", "/sys/fs/cgroup/pids/minidock/c"));
  EXPECT_EQ(plan.v2_directory, "");
  EXPECT_THAT(limits(plan), ElementsAre("/sys/fs/cgroup/pids/minidock/c/pids.max=10 verify"));
  EXPECT_THAT(plan.before, IsEmpty());
  EXPECT_EQ(plan.device_program, "") << "v1's devices controller is there";
}

TEST(CgroupPlan, HybridJoinsV2ForWhatItManages) {
  oci::Resources resources;
  resources.unified = {{"hugetlb.2MB.max", "0"}};
  const CgroupPlan asked = plan_cgroup(hybrid_host(), "/c", resources);
  EXPECT_EQ(asked.v2_directory, "/sys/fs/cgroup/unified/c");
  EXPECT_THAT(lines(asked.before), ElementsAre("/sys/fs/cgroup/unified/cgroup.subtree_control=+hugetlb optional"));
  EXPECT_EQ(asked.device_program, "");

  CgroupLayout without_devices = hybrid_host();
  std::erase_if(without_devices.hierarchies, [](const CgroupHierarchy& one) { return one.has("devices"); });
  const CgroupPlan guarded = plan_cgroup(without_devices, "/c", {});
  EXPECT_EQ(guarded.v2_directory, "/sys/fs/cgroup/unified/c");
  EXPECT_EQ(guarded.device_program, device_program(default_device_rules()));
}

TEST(CgroupPlan, MemoryOnV1) {
  oci::Resources resources;
  resources.memory_limit = 64 << 20;
  EXPECT_THAT(limits(plan_cgroup(v1_host(), "/c", resources)),
              ElementsAre("/sys/fs/cgroup/memory/c/memory.limit_in_bytes=67108864 verify",
                          "/sys/fs/cgroup/memory/c/memory.memsw.limit_in_bytes=134217728 verify"));
  resources.memory_limit = (64 << 20) + 100;
  resources.memory_swap = 100 << 20;
  resources.memory_reservation = 32 << 20;
  resources.memory_swappiness = 10;
  resources.disable_oom_killer = true;
  EXPECT_THAT(limits(plan_cgroup(v1_host(), "/c", resources)),
              ElementsAre("/sys/fs/cgroup/memory/c/memory.limit_in_bytes=67108864 verify",
                          "/sys/fs/cgroup/memory/c/memory.memsw.limit_in_bytes=104857600 verify",
                          "/sys/fs/cgroup/memory/c/memory.soft_limit_in_bytes=33554432 verify",
                          "/sys/fs/cgroup/memory/c/memory.swappiness=10 verify",
                          "/sys/fs/cgroup/memory/c/memory.oom_control=1"));
}

TEST(CgroupPlan, UnlimitedIsNotWritten) {
  oci::Resources resources;
  resources.memory_limit = -1;
  resources.memory_swap = -1;
  resources.pids_limit = -1;
  resources.cpu_quota = -1;
  EXPECT_THAT(limits(plan_cgroup(v1_host(), "/c", resources)), IsEmpty());
  EXPECT_THAT(limits(plan_cgroup(v2_host(), "/c", resources)), IsEmpty());
  resources.pids_limit = 0;
  EXPECT_THAT(limits(plan_cgroup(v2_host(), "/c", resources)), ElementsAre(HasSubstr("pids.max=1")));
  resources.pids_limit.reset();
  resources.memory_limit = 64 << 20;
  EXPECT_THAT(limits(plan_cgroup(v1_host(), "/c", resources)),
              ElementsAre("/sys/fs/cgroup/memory/c/memory.limit_in_bytes=67108864 verify"));
}

TEST(CgroupPlan, WithoutSwapAccountingV1Warns) {
  CgroupLayout layout = v1_host();
  for (CgroupHierarchy& one : layout.hierarchies) one.limits_swap = false;
  oci::Resources resources;
  resources.memory_limit = 64 << 20;
  const CgroupPlan plan = plan_cgroup(layout, "/c", resources);
  EXPECT_THAT(limits(plan), ElementsAre("/sys/fs/cgroup/memory/c/memory.limit_in_bytes=67108864 verify"));
  EXPECT_THAT(plan.warnings, ElementsAre(HasSubstr("swap")));
}

TEST(CgroupPlan, MemoryOnV2) {
  oci::Resources resources;
  resources.memory_limit = 64 << 20;
  EXPECT_THAT(limits(plan_cgroup(v2_host(), "/c", resources)),
              ElementsAre("/sys/fs/cgroup/c/memory.max=67108864 verify",
                          "/sys/fs/cgroup/c/memory.swap.max=67108864 verify optional"));
  resources.memory_swap = 64 << 20;
  resources.memory_reservation = 32 << 20;
  resources.memory_swappiness = 10;
  resources.disable_oom_killer = true;
  const CgroupPlan plan = plan_cgroup(v2_host(), "/c", resources);
  EXPECT_THAT(limits(plan), ElementsAre("/sys/fs/cgroup/c/memory.max=67108864 verify",
                                        "/sys/fs/cgroup/c/memory.swap.max=0 verify optional",
                                        "/sys/fs/cgroup/c/memory.low=33554432 verify"));
  EXPECT_THAT(plan.warnings, ElementsAre(HasSubstr("swappiness"), HasSubstr("OOM killer")));
}

TEST(CgroupPlan, CpusAndShares) {
  oci::Resources resources;
  resources.cpu_quota = 150000;
  resources.cpu_period = 100000;
  resources.cpu_shares = 512;
  EXPECT_THAT(limits(plan_cgroup(v1_host(), "/c", resources)),
              ElementsAre("/sys/fs/cgroup/cpu,cpuacct/c/cpu.shares=512 verify",
                          "/sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_period_us=100000 verify",
                          "/sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_quota_us=150000 verify"));
  EXPECT_THAT(limits(plan_cgroup(v2_host(), "/c", resources)),
              ElementsAre("/sys/fs/cgroup/c/cpu.weight=59 verify", "/sys/fs/cgroup/c/cpu.max=150000 100000 verify"));
  resources.cpu_quota.reset();
  resources.cpu_shares = 1;
  EXPECT_THAT(limits(plan_cgroup(v2_host(), "/c", resources)),
              ElementsAre("/sys/fs/cgroup/c/cpu.weight=1 verify", "/sys/fs/cgroup/c/cpu.max=max 100000 verify"));
  EXPECT_THAT(limits(plan_cgroup(v1_host(), "/c", resources)),
              Contains("/sys/fs/cgroup/cpu,cpuacct/c/cpu.shares=2 verify"))
      << "the kernel's own least";
}

TEST(CgroupPlan, SharesMeetWeightsAtTheDefaultsAndTheEnds) {
  EXPECT_EQ(cpu_weight_from_shares(0), 1u);
  EXPECT_EQ(cpu_weight_from_shares(2), 1u);
  EXPECT_EQ(cpu_weight_from_shares(1024), 100u);
  EXPECT_EQ(cpu_weight_from_shares(262144), 10000u);
  EXPECT_EQ(cpu_weight_from_shares(1000000), 10000u);
  for (uint64_t shares = 2; shares < 262144; shares *= 2)
    EXPECT_LE(cpu_weight_from_shares(shares), cpu_weight_from_shares(2 * shares)) << shares;
}

TEST(CgroupPlan, CpusetOnV1FillsBothListsAndThoseOfNewParents) {
  oci::Resources resources;
  resources.cpuset_cpus = "1,0";
  const CgroupPlan plan = plan_cgroup(hybrid_host(), "/minidock/c", resources);
  EXPECT_THAT(lines(plan.before), ElementsAre("/sys/fs/cgroup/cpuset/minidock/cpuset.cpus=0-1 optional",
                                              "/sys/fs/cgroup/cpuset/minidock/cpuset.mems=0 optional"));
  EXPECT_THAT(limits(plan), ElementsAre("/sys/fs/cgroup/cpuset/minidock/c/cpuset.cpus=0-1 verify",
                                        "/sys/fs/cgroup/cpuset/minidock/c/cpuset.mems=0 verify"));
  EXPECT_THAT(plan.v1_directories, Contains("/sys/fs/cgroup/cpuset/minidock/c"));
}

TEST(CgroupPlan, CpusetIsCheckedAgainstTheHost) {
  oci::Resources resources;
  resources.cpuset_cpus = "9";
  EXPECT_EQ(failure(hybrid_host(), resources), "Requested CPUs are not available - requested 9, available: 0-1");
  EXPECT_EQ(failure(v2_host(), resources), "Requested CPUs are not available - requested 9, available: 0-1");
  resources.cpuset_cpus = "1-x";
  EXPECT_EQ(failure(v1_host(), resources), "Invalid value 1-x for cpuset cpus");
  resources.cpuset_cpus = "";
  resources.cpuset_mems = "1";
  EXPECT_EQ(failure(v1_host(), resources), "Requested memory nodes are not available - requested 1, available: 0");
}

TEST(CgroupPlan, V2EnablesInParentsOnlyWhatIsNeeded) {
  oci::Resources resources;
  resources.cpu_shares = 512;
  CgroupLayout layout = v2_host();
  EXPECT_THAT(lines(plan_cgroup(layout, "/minidock/c", resources).before),
              ElementsAre("/sys/fs/cgroup/cgroup.subtree_control=+memory +pids +cpu optional",
                          "/sys/fs/cgroup/minidock/cgroup.subtree_control=+memory +pids +cpu optional"));
  layout.hierarchies.front().enabled = {"memory", "pids", "cpu", "io"};
  EXPECT_THAT(lines(plan_cgroup(layout, "/minidock/c", resources).before),
              ElementsAre("/sys/fs/cgroup/minidock/cgroup.subtree_control=+memory +pids +cpu optional"));
  EXPECT_THAT(plan_cgroup(layout, "/c", resources).before, IsEmpty());
}

TEST(CgroupPlan, V2HasNoV1DirectoriesAndADeviceProgram) {
  const CgroupPlan plan = plan_cgroup(v2_host(), "/minidock/c", {});
  EXPECT_THAT(plan.directories, ElementsAre("/sys/fs/cgroup/minidock", "/sys/fs/cgroup/minidock/c"));
  EXPECT_THAT(plan.v1_directories, IsEmpty());
  EXPECT_EQ(plan.device_program, device_program(default_device_rules()));
  oci::Resources privileged;
  privileged.devices = {{true, "a", {}, {}, "rwm"}};
  EXPECT_EQ(plan_cgroup(v2_host(), "/c", privileged).device_program, "");
}

TEST(CgroupPlan, V1DevicesDenyAllThenAllowInOrder) {
  oci::Resources resources;
  resources.devices = {{false, "a", {}, {}, "rwm"}, {true, "c", 10, 229, "rw"}, {true, "c", 1, 3, "rwm"}};
  const std::vector<std::string> all = lines(plan_cgroup(v1_host(), "/c", resources).writes);
  ASSERT_GE(all.size(), 13u);
  EXPECT_EQ(all[0], "/sys/fs/cgroup/devices/c/devices.deny=a");
  EXPECT_EQ(all[1], "/sys/fs/cgroup/devices/c/devices.allow=c 10:229 rw");
  EXPECT_EQ(all[2], "/sys/fs/cgroup/devices/c/devices.allow=c 1:3 rwm");
  EXPECT_EQ(all[3], "/sys/fs/cgroup/devices/c/devices.allow=c *:* m");
  EXPECT_THAT(all, Contains("/sys/fs/cgroup/devices/c/devices.allow=c 136:* rwm"));
  EXPECT_EQ(std::count(all.begin(), all.end(), all[2]), 1) << "a default that the bundle has is not repeated";

  oci::Resources privileged;
  privileged.devices = {{true, "a", {}, {}, "rwm"}};
  EXPECT_THAT(lines(plan_cgroup(v1_host(), "/c", privileged).writes),
              ElementsAre("/sys/fs/cgroup/devices/c/devices.allow=a optional"));
}

TEST(CgroupPlan, RulesWithoutABlanketStartFromDenyAll) {
  oci::Resources resources;
  resources.devices = {{true, "b", 8, 0, "r"}};
  EXPECT_EQ(lines(plan_cgroup(v1_host(), "/c", resources).writes).front(), "/sys/fs/cgroup/devices/c/devices.deny=a");
}

TEST(CgroupPlan, BlkioWeight) {
  oci::Resources resources;
  resources.blkio_weight = 500;
  EXPECT_THAT(limits(plan_cgroup(v1_host(), "/c", resources)),
              ElementsAre("/sys/fs/cgroup/blkio/c/blkio.bfq.weight=500 verify optional",
                          "/sys/fs/cgroup/blkio/c/blkio.weight=500 verify optional"));
  EXPECT_THAT(limits(plan_cgroup(v2_host(), "/c", resources)),
              ElementsAre("/sys/fs/cgroup/c/io.bfq.weight=500 optional", "/sys/fs/cgroup/c/io.weight=4950 optional"));
  const CgroupPlan plan = plan_cgroup(hybrid_host(), "/c", resources);
  EXPECT_THAT(plan.warnings, ElementsAre(HasSubstr("blkio")));
}

TEST(CgroupPlan, UnifiedFiles) {
  oci::Resources resources;
  resources.unified = {{"memory.high", "1000000"}, {"hugetlb.2MB.max", "0"}};
  const CgroupPlan plan = plan_cgroup(v2_host(), "/c", resources);
  EXPECT_THAT(limits(plan), ElementsAre("/sys/fs/cgroup/c/hugetlb.2MB.max=0", "/sys/fs/cgroup/c/memory.high=1000000"));
  EXPECT_THAT(lines(plan.before), ElementsAre("/sys/fs/cgroup/cgroup.subtree_control=+memory +pids +hugetlb optional"));
  EXPECT_THAT(failure(hybrid_host(), resources), HasSubstr("cannot set memory.high"));
  EXPECT_THAT(failure(v1_host(), resources), HasSubstr("no cgroup v2"));
  for (const char* name : {"cgroup.procs", "../memory.max", "x"}) {
    resources.unified = {{name, "1"}};
    EXPECT_THAT(failure(v2_host(), resources), StartsWith("invalid unified resource")) << name;
  }
}

TEST(CgroupPlan, ALimitThatProtectsTheHostNeedsItsController) {
  oci::Resources resources;
  resources.pids_limit = 10;
  EXPECT_THAT(failure({}, resources), HasSubstr("no pids cgroup controller"));
  EXPECT_EQ(failure({}, {}), "");
  resources = {};
  resources.cpu_shares = 512;
  EXPECT_THAT(plan_cgroup({}, "/c", resources).warnings, ElementsAre(HasSubstr("cpu")));
}

TEST(CgroupPlan, ValuesOutOfRange) {
  const auto refused = [](auto set) {
    oci::Resources resources;
    set(resources);
    return failure(v2_host(), resources);
  };
  EXPECT_THAT(refused([](auto& r) { r.memory_limit = 100; }), HasSubstr("one page"));
  EXPECT_THAT(refused([](auto& r) { r.memory_limit = -2; }), HasSubstr("invalid memory limit"));
  EXPECT_THAT(refused([](auto& r) { r.memory_swap = 1 << 20; }), HasSubstr("always set the Memory limit"));
  EXPECT_THAT(refused([](auto& r) { r.memory_limit = 8 << 20, r.memory_swap = 4 << 20; }),
              HasSubstr("larger than memory"));
  EXPECT_THAT(refused([](auto& r) { r.memory_limit = 8 << 20, r.memory_reservation = 9 << 20; }),
              HasSubstr("reservation"));
  EXPECT_THAT(refused([](auto& r) { r.memory_swappiness = 101; }), HasSubstr("0-100"));
  EXPECT_THAT(refused([](auto& r) { r.cpu_period = 999; }), HasSubstr("CPU cfs period"));
  EXPECT_THAT(refused([](auto& r) { r.cpu_quota = 999; }), HasSubstr("CPU cfs quota"));
  EXPECT_THAT(refused([](auto& r) { r.blkio_weight = 9; }), HasSubstr("10 to 1000"));
  EXPECT_THAT(refused([](auto& r) { r.devices = {{true, "x", {}, {}, "r"}}; }), HasSubstr("device type"));
  EXPECT_THAT(refused([](auto& r) { r.devices = {{true, "c", 1, 3, "rx"}}; }), HasSubstr("device access"));
  EXPECT_THAT(refused([](auto& r) { r.devices = {{true, "c", 4096, 3, "r"}}; }), HasSubstr("major"));
}

TEST(CgroupPlan, PathsThatLeaveTheHierarchyAreRefused) {
  for (const char* path : {"", "c", "/", "/a/", "/a//b", "/../c", "/a/..", "/./c", "/a\nb"})
    EXPECT_THAT(failure(v2_host(), {}, path), StartsWith("invalid cgroup path")) << path;
}

}  // namespace
}  // namespace minidock::linux
