// Plans with CgroupScope::all, as golden texts, for the three kinds of host.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/text.h"
#include "unit/linux/cgroup_texts.h"

namespace minidock::linux {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// "DIRECTORY/FILE=VALUE" below /sys/fs/cgroup, without device rules; "?" optional, "!" verified.
std::vector<std::string> shown(const std::vector<CgroupWrite>& writes) {
  constexpr std::string_view kTop = "/sys/fs/cgroup";
  std::vector<std::string> out;
  for (const CgroupWrite& write : writes) {
    if (write.file.starts_with("devices.")) continue;
    const std::string file = cat(write.directory, "/", write.file).substr(kTop.size() + 1);
    out.push_back(cat(file, "=", write.value, write.optional ? "?" : "", write.verify ? "!" : ""));
  }
  return out;
}

CgroupPlan plan(const CgroupLayout& layout, const oci::Resources& resources, const char* path = "/c") {
  return plan_cgroup(layout, path, resources, CgroupScope::all);
}

std::string refusal_of(const CgroupLayout& layout, const oci::Resources& resources) {
  try {
    plan(layout, resources);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

oci::Resources everything() {
  oci::Resources out;
  out.memory_limit = 64 << 20;
  out.memory_swap = 128 << 20;
  out.memory_reservation = 32 << 20;
  out.memory_swappiness = 10;
  out.cpu_shares = 2048;
  out.cpu_quota = 20'000;
  out.cpu_period = 50'000;
  out.cpu_burst = 1000;
  out.cpuset_cpus = "0-1";
  out.pids_limit = 7;
  out.blkio_weight = 500;
  out.blkio_weight_device = {{8, 16, 250, 100}};
  out.blkio_read_bps = {{8, 0, 1024}};
  out.blkio_write_iops = {{8, 0, 0}};
  out.hugepage_limits = {{"2MB", (4 << 20) + 5}};
  return out;
}

TEST(CgroupBundle, JoinsEveryHierarchyOfV1) {
  const CgroupPlan empty = plan(v1_host(), {});
  EXPECT_THAT(empty.v1_directories,
              ElementsAre("/sys/fs/cgroup/devices/c", "/sys/fs/cgroup/memory/c", "/sys/fs/cgroup/pids/c",
                          "/sys/fs/cgroup/cpu,cpuacct/c", "/sys/fs/cgroup/cpuset/c", "/sys/fs/cgroup/blkio/c",
                          "/sys/fs/cgroup/systemd/c"));
  EXPECT_EQ(empty.directories, empty.v1_directories);
  EXPECT_THAT(shown(empty.writes), ElementsAre("cpuset/c/cpuset.cpus=0-3!", "cpuset/c/cpuset.mems=0!"))
      << "without them nothing could join";
  EXPECT_THAT(empty.writes.front().file, "devices.deny") << "no rules are the default rules";
  EXPECT_THAT(empty.warnings, IsEmpty());
}

TEST(CgroupBundle, EveryLimitOfV1) {
  CgroupLayout layout = v1_host();
  layout.hierarchies.push_back({1, {"hugetlb"}, "/sys/fs/cgroup/hugetlb", "/", "/"});
  layout.hierarchies.push_back({1, {"net_cls", "net_prio"}, "/sys/fs/cgroup/net", "/", "/"});
  layout.hierarchies.push_back({1, {"rdma"}, "/sys/fs/cgroup/rdma", "/", "/"});
  oci::Resources resources = everything();
  resources.memory_use_hierarchy = true;
  resources.memory_kernel = 1 << 20;
  resources.memory_kernel_tcp = 1 << 21;
  resources.cpu_realtime_period = 1'000'000;
  resources.cpu_realtime_runtime = 950'000;
  resources.blkio_leaf_weight = 30;
  resources.blkio_write_bps = {{8, 1, 2}};
  resources.blkio_read_iops = {{8, 2, 3}};
  resources.network_class_id = 0x100001;
  resources.network_priorities = {{"eth0", 5}, {"lo", 1}};
  resources.rdma = {{"mlx5_1", {3, {}}}, {"mlx5_2", {1, 2}}};
  const CgroupPlan whole = plan(layout, resources);
  EXPECT_THAT(shown(whole.writes), ElementsAreArray({"memory/c/memory.use_hierarchy=1?",
                                                     "memory/c/memory.limit_in_bytes=67108864!",
                                                     "memory/c/memory.memsw.limit_in_bytes=134217728!",
                                                     "memory/c/memory.soft_limit_in_bytes=33554432!",
                                                     "memory/c/memory.kmem.limit_in_bytes=1048576?",
                                                     "memory/c/memory.kmem.tcp.limit_in_bytes=2097152?",
                                                     "memory/c/memory.swappiness=10!",
                                                     "pids/c/pids.max=7!",
                                                     "cpu,cpuacct/c/cpu.shares=2048!",
                                                     "cpu,cpuacct/c/cpu.rt_period_us=1000000!",
                                                     "cpu,cpuacct/c/cpu.rt_runtime_us=950000!",
                                                     "cpu,cpuacct/c/cpu.cfs_period_us=50000!",
                                                     "cpu,cpuacct/c/cpu.cfs_quota_us=20000!",
                                                     "cpu,cpuacct/c/cpu.cfs_burst_us=1000!",
                                                     "cpuset/c/cpuset.cpus=0-1!",
                                                     "cpuset/c/cpuset.mems=0!",
                                                     "blkio/c/blkio.bfq.weight=500?!",
                                                     "blkio/c/blkio.weight=500?!",
                                                     "blkio/c/blkio.leaf_weight=30?!",
                                                     "blkio/c/blkio.bfq.weight_device=8:16 250?",
                                                     "blkio/c/blkio.weight_device=8:16 250?",
                                                     "blkio/c/blkio.leaf_weight_device=8:16 100?",
                                                     "blkio/c/blkio.throttle.read_bps_device=8:0 1024",
                                                     "blkio/c/blkio.throttle.write_bps_device=8:1 2",
                                                     "blkio/c/blkio.throttle.read_iops_device=8:2 3",
                                                     "blkio/c/blkio.throttle.write_iops_device=8:0 0",
                                                     "hugetlb/c/hugetlb.2MB.limit_in_bytes=4194304!",
                                                     "hugetlb/c/hugetlb.2MB.rsvd.limit_in_bytes=4194304?!",
                                                     "rdma/c/rdma.max=mlx5_1 hca_handle=3",
                                                     "rdma/c/rdma.max=mlx5_2 hca_handle=1 hca_object=2",
                                                     "net/c/net_cls.classid=1048577!",
                                                     "net/c/net_prio.ifpriomap=eth0 5",
                                                     "net/c/net_prio.ifpriomap=lo 1"}));
  EXPECT_THAT(whole.warnings, IsEmpty());
}

TEST(CgroupBundle, EveryLimitOfV2) {
  oci::Resources resources = everything();
  resources.rdma = {{"mlx5_1", {{}, 9}}};
  resources.memory_kernel = 1 << 20;
  resources.cpu_realtime_runtime = 5;
  resources.unified = {{"memory.high", "100"}};
  const CgroupPlan whole = plan(v2_host(), resources);
  EXPECT_THAT(shown(whole.writes),
              ElementsAreArray(
                  {"c/memory.max=67108864!", "c/memory.swap.max=67108864!", "c/memory.low=33554432!", "c/pids.max=7!",
                   "c/cpu.weight=174!", "c/cpu.max=20000 50000!", "c/cpu.max.burst=1000!", "c/cpuset.cpus=0-1!",
                   "c/io.bfq.weight=500?", "c/io.weight=4950?", "c/io.bfq.weight=8:16 250?", "c/io.weight=8:16 2425?",
                   "c/io.max=8:0 rbps=1024", "c/io.max=8:0 wiops=max", "c/hugetlb.2MB.max=4194304!",
                   "c/hugetlb.2MB.rsvd.max=4194304?!", "c/rdma.max=mlx5_1 hca_object=9", "c/memory.high=100"}));
  EXPECT_THAT(whole.warnings, ElementsAre(HasSubstr("swappiness"), HasSubstr("kernel memory"), HasSubstr("realtime")));
  EXPECT_FALSE(whole.device_program.empty());
}

TEST(CgroupBundle, AllControllersOfV2AreHandedDownOneByOne) {
  CgroupLayout layout = v2_host();
  layout.hierarchies.front().enabled = {"cpuset", "cpu", "memory", "pids"};
  layout.hierarchies.front().existing = "/a";
  layout.hierarchies.front().enabled_below = {{"cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma", "misc"}};
  EXPECT_THAT(shown(plan(layout, {}, "/a/b/c").before),
              ElementsAre("cgroup.subtree_control=+io?", "cgroup.subtree_control=+hugetlb?",
                          "cgroup.subtree_control=+rdma?", "cgroup.subtree_control=+misc?",
                          "a/b/cgroup.subtree_control=+cpuset?", "a/b/cgroup.subtree_control=+cpu?",
                          "a/b/cgroup.subtree_control=+io?", "a/b/cgroup.subtree_control=+memory?",
                          "a/b/cgroup.subtree_control=+hugetlb?", "a/b/cgroup.subtree_control=+pids?",
                          "a/b/cgroup.subtree_control=+rdma?", "a/b/cgroup.subtree_control=+misc?"));
}

TEST(CgroupBundle, HybridTakesEachLimitWhereItsControllerIs) {
  const CgroupPlan idle = plan(hybrid_host(), {});
  EXPECT_EQ(idle.v1_directories.size(), 6u);
  EXPECT_EQ(idle.v2_directory, "/sys/fs/cgroup/unified/c");
  oci::Resources resources;
  resources.hugepage_limits = {{"1GB", 5}};
  const CgroupPlan huge = plan(hybrid_host(), resources);
  EXPECT_EQ(huge.v2_directory, "/sys/fs/cgroup/unified/c");
  EXPECT_THAT(shown(huge.before), ElementsAre("unified/cgroup.subtree_control=+hugetlb?"));
  EXPECT_THAT(shown(huge.writes), Contains("unified/c/hugetlb.1GB.max=0!"));
  EXPECT_EQ(huge.device_program, "") << "v1's devices controller decides";
}

TEST(CgroupBundle, AnExistingCpusetParentIsLeftAsItIs) {
  CgroupLayout layout = v1_host();
  for (CgroupHierarchy& one : layout.hierarchies) {
    if (!one.has("cpuset")) continue;
    one.existing = "/kubepods/burstable";
    one.cpus = "1";
  }
  EXPECT_THAT(
      shown(plan(layout, {}, "/kubepods/burstable/pod/c").before),
      ElementsAre("cpuset/kubepods/burstable/pod/cpuset.cpus=1?", "cpuset/kubepods/burstable/pod/cpuset.mems=0?"));
  oci::Resources outside;
  outside.cpuset_cpus = "0";
  EXPECT_THAT(refusal_of(layout, outside), HasSubstr("Requested CPUs are not available"));
}

TEST(CgroupBundle, SwapIsLimitedOnlyWhenAsked) {
  oci::Resources resources;
  resources.memory_limit = 1 << 20;
  EXPECT_THAT(shown(plan(v2_host(), resources).writes), ElementsAre("c/memory.max=1048576!"));
  EXPECT_THAT(shown(plan(v1_host(), resources).writes), Contains("memory/c/memory.limit_in_bytes=1048576!"));
  EXPECT_THAT(shown(plan(v1_host(), resources).writes), Not(Contains(HasSubstr("memsw"))));
  resources.memory_reservation = 2 << 20;
  EXPECT_EQ(refusal_of(v2_host(), resources), "accepted") << "above the limit: docker's own rule";
}

TEST(CgroupBundle, AnIdleGroupHasNoWeight) {
  oci::Resources resources;
  resources.cpu_idle = 1;
  resources.cpu_shares = 100;
  EXPECT_THAT(shown(plan(v2_host(), resources).writes), ElementsAre("c/cpu.idle=1!"));
  resources.cpu_idle = 0;
  EXPECT_THAT(shown(plan(v2_host(), resources).writes), ElementsAre("c/cpu.weight=17!", "c/cpu.idle=0!"));
}

// Lines of devices.allow and devices.deny, "+" and "-".
std::vector<std::string> device_lines(const std::vector<oci::DeviceRule>& rules) {
  oci::Resources resources;
  resources.devices = rules;
  std::vector<std::string> out;
  for (const CgroupWrite& write : plan(v1_host(), resources).writes)
    if (write.file.starts_with("devices.")) out.push_back(cat(write.file == "devices.allow" ? "+" : "-", write.value));
  return out;
}

TEST(CgroupBundle, LaterDeviceRulesTakeBackOnV1) {
  const std::vector<std::string> defaults = {"-a",         "+c *:* m",   "+b *:* m",   "+c 1:3 rwm",
                                             "+c 1:5 rwm", "+c 1:7 rwm", "+c 1:8 rwm", "+c 1:9 rwm",
                                             "+c 5:0 rwm", "+c 5:1 rwm", "+c 5:2 rwm", "+c 136:* rwm"};
  EXPECT_EQ(device_lines({}), defaults);
  EXPECT_EQ(
      device_lines(
          {{true, "c", 10, 1, "rw"}, {true, "b", 8, {}, ""}, {false, "c", 10, {}, "rwm"}, {false, "b", {}, {}, "w"}})
          .at(1),
      "+b 8:* rm")
      << "one gone, one less";
  EXPECT_THAT(
      device_lines(
          {{true, "a", {}, {}, "rwm"}, {false, "c", 1, 11, "w"}, {false, "c", 1, 3, ""}, {true, "c", 1, 3, ""}}),
      ElementsAre("+a", "-c 1:11 w"));
  EXPECT_THAT(device_lines({{true, "c", 7, 1, "r"}, {true, "c", 7, 1, "rw"}}), Contains("+c 7:1 rw"));
  oci::Resources hole;
  hole.devices = {{true, "c", 10, {}, "rw"}, {false, "c", 10, 200, "w"}};
  EXPECT_THAT(refusal_of(v1_host(), hole),
              HasSubstr("cgroup v1 cannot except device \"c 10:200 w\" from \"c 10:* rw\""));
  EXPECT_EQ(refusal_of(v2_host(), hole), "accepted");
  hole.devices.back().access = "m";
  EXPECT_EQ(refusal_of(v1_host(), hole), "accepted") << "what was not allowed";
}

TEST(CgroupBundle, LinesOfAUnifiedFileAreWrittenOneByOne) {
  oci::Resources resources;
  resources.unified = {{"io.max", "8:0 riops=1\n8:16 wiops=2\n"}};
  EXPECT_THAT(shown(plan(v2_host(), resources).writes), ElementsAre("c/io.max=8:0 riops=1", "c/io.max=8:16 wiops=2"));
}

TEST(CgroupBundle, WhatThisHostLacksIsRefused) {
  oci::Resources resources;
  resources.network_class_id = 1;
  EXPECT_THAT(refusal_of(v2_host(), resources), HasSubstr("no net_cls cgroup controller"));
  resources = {};
  resources.network_priorities = {{"eth0", 1}};
  EXPECT_THAT(refusal_of(hybrid_host(), resources), HasSubstr("no net_prio cgroup controller"));
  resources = {};
  resources.rdma = {{"mlx", {1, 1}}};
  EXPECT_THAT(refusal_of(v1_host(), resources), HasSubstr("no rdma cgroup controller"));
  resources = {};
  resources.blkio_read_bps = {{8, 0, 1}};
  EXPECT_THAT(refusal_of(hybrid_host(), resources), HasSubstr("no blkio cgroup controller"));
  resources = {};
  resources.unified = {{"memory.max", "1"}};
  EXPECT_THAT(refusal_of(v1_host(), resources), HasSubstr("invalid configuration: cannot set memory.max"));
}

TEST(CgroupBundle, ValuesThatWouldBeOtherFieldsAreRefused) {
  oci::Resources resources;
  resources.network_priorities = {{"eth0 1\nlo", 1}};
  EXPECT_THAT(refusal_of(v1_host(), resources), HasSubstr("invalid network interface name"));
  resources = {};
  resources.rdma = {{"a b", {1, 1}}};
  EXPECT_THAT(refusal_of(v2_host(), resources), HasSubstr("invalid rdma device name"));
  for (const char* size : {"2M", "MB", "../2MB", "2.5MB", "2mb", "-2MB"}) {
    resources = {};
    resources.hugepage_limits = {{size, 1}};
    EXPECT_THAT(refusal_of(v2_host(), resources), HasSubstr("invalid huge page size")) << size;
  }
  resources = {};
  resources.cpu_idle = 2;
  EXPECT_THAT(refusal_of(v2_host(), resources), HasSubstr("invalid CPU idle value"));
}

}  // namespace
}  // namespace minidock::linux
