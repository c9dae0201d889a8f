// The order and the values of an update, by what is in force.
#include "linux/cgroup_update.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/text.h"
#include "unit/linux/cgroup_texts.h"

namespace minidock::linux {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int64_t kMiB = 1 << 20;

std::vector<std::string> shown(const CgroupLayout& layout, const CgroupCurrent& current, const oci::Resources& change) {
  std::vector<std::string> out;
  for (const CgroupWrite& write : plan_cgroup_update(layout, "/c", current, change))
    out.push_back(cat(write.file, "=", write.value, write.optional ? "?" : ""));
  return out;
}

std::string refusal_of(const CgroupLayout& layout, const CgroupCurrent& current, const oci::Resources& change) {
  try {
    plan_cgroup_update(layout, "/c", current, change);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

oci::Resources memory(std::optional<int64_t> limit, std::optional<int64_t> both) {
  oci::Resources out;
  out.memory_limit = limit;
  out.memory_swap = both;
  return out;
}

CgroupCurrent now(int64_t limit, int64_t swap) {
  CgroupCurrent out;
  out.memory_limit = limit;
  out.memory_swap = swap;
  return out;
}

TEST(CgroupUpdate, MemoryOfV1NeverCrosses) {
  EXPECT_THAT(shown(v1_host(), now(4 * kMiB, 4 * kMiB), memory(8 * kMiB, 8 * kMiB)),
              ElementsAre("memory.memsw.limit_in_bytes=8388608", "memory.limit_in_bytes=8388608"))
      << "grows";
  EXPECT_THAT(shown(v1_host(), now(8 * kMiB, 8 * kMiB), memory(4 * kMiB, 4 * kMiB)),
              ElementsAre("memory.limit_in_bytes=4194304", "memory.memsw.limit_in_bytes=4194304"))
      << "shrinks";
  EXPECT_THAT(shown(v1_host(), now(-1, -1), memory(4 * kMiB, 8 * kMiB)),
              ElementsAre("memory.limit_in_bytes=4194304", "memory.memsw.limit_in_bytes=8388608"));
  EXPECT_THAT(shown(v1_host(), now(4 * kMiB, 8 * kMiB), memory(-1, -1)),
              ElementsAre("memory.memsw.limit_in_bytes=-1", "memory.limit_in_bytes=-1"));
  EXPECT_THAT(shown(v1_host(), now(4 * kMiB, 8 * kMiB), memory(-1, {})),
              ElementsAre("memory.memsw.limit_in_bytes=-1?", "memory.limit_in_bytes=-1"))
      << "both are meant";
  EXPECT_THAT(shown(v1_host(), now(4 * kMiB, 8 * kMiB), memory({}, 6 * kMiB)),
              ElementsAre("memory.memsw.limit_in_bytes=6291456"));
  EXPECT_THAT(refusal_of(v1_host(), now(4 * kMiB, 8 * kMiB), memory(16 * kMiB, {})), HasSubstr("give both limits"));
  EXPECT_THAT(refusal_of(v1_host(), now(4 * kMiB, 8 * kMiB), memory(16 * kMiB, 12 * kMiB)), HasSubstr("give both"));
}

// What systemd is told.
TEST(CgroupUpdate, AChangeIsCompletedByWhatIsInForce) {
  EXPECT_EQ(complete_change(now(4 * kMiB, 0), memory({}, 12 * kMiB)).memory_limit, 4 * kMiB);
  EXPECT_EQ(complete_change(now(4 * kMiB, 0), memory(8 * kMiB, 12 * kMiB)).memory_limit, 8 * kMiB);
  EXPECT_EQ(complete_change(now(4 * kMiB, 0), memory(-1, {})).memory_swap, -1);
  EXPECT_EQ(complete_change(now(4 * kMiB, 0), memory(8 * kMiB, {})).memory_swap, std::nullopt);
  CgroupCurrent half;
  half.cpu_quota = 25'000;
  half.cpu_period = 50'000;
  oci::Resources quota, period;
  quota.cpu_quota = 10'000;
  period.cpu_period = 100'000;
  EXPECT_EQ(complete_change(half, quota).cpu_period, 50'000U);
  EXPECT_EQ(complete_change(half, period).cpu_quota, 25'000);
  EXPECT_EQ(complete_change(half, {}).cpu_period, std::nullopt);
}

TEST(CgroupUpdate, SwapOfV2IsTheRest) {
  EXPECT_THAT(shown(v2_host(), now(4 * kMiB, 0), memory(8 * kMiB, 12 * kMiB)),
              ElementsAre("memory.swap.max=4194304", "memory.max=8388608"));
  EXPECT_THAT(shown(v2_host(), now(4 * kMiB, 0), memory({}, 12 * kMiB)), ElementsAre("memory.swap.max=8388608"));
  EXPECT_THAT(shown(v2_host(), now(4 * kMiB, 0), memory(-1, {})),
              ElementsAre("memory.swap.max=max?", "memory.max=max"));
  EXPECT_THAT(refusal_of(v2_host(), now(-1, -1), memory({}, 12 * kMiB)), HasSubstr("memory has no limit"));
  EXPECT_THAT(refusal_of(v2_host(), now(16 * kMiB, 0), memory({}, 12 * kMiB)),
              HasSubstr("memory alone may be 16777216"));
}

TEST(CgroupUpdate, UsageIsLookedAtOnRequest) {
  CgroupCurrent current = now(-1, -1);
  current.memory_usage = 5 * kMiB;
  oci::Resources change = memory(4 * kMiB, {});
  EXPECT_EQ(refusal_of(v2_host(), current, change), "accepted");
  change.memory_check_before_update = true;
  EXPECT_THAT(refusal_of(v2_host(), current, change),
              HasSubstr("rejecting memory limit 4194304: the container uses 5242880 bytes"));
  EXPECT_THAT(refusal_of(v1_host(), current, change), HasSubstr("the container uses 5242880 bytes"));
  change.memory_swap = 4 * kMiB;
  EXPECT_THAT(refusal_of(v2_host(), current, change), HasSubstr("rejecting memory+swap limit 4194304"));
  change = memory(6 * kMiB, {});
  change.memory_check_before_update = true;
  EXPECT_EQ(refusal_of(v2_host(), current, change), "accepted");
  EXPECT_THAT(shown(v2_host(), current, memory(1024, {})), ElementsAre("memory.max=0")) << "less than a page";
}

TEST(CgroupUpdate, QuotaAndPeriodStayBelowTheParents) {
  CgroupCurrent current;
  current.cpu_quota = 50'000;
  current.cpu_period = 100'000;
  oci::Resources change;
  change.cpu_quota = 100'000;
  change.cpu_period = 200'000;
  EXPECT_THAT(shown(v1_host(), current, change), ElementsAre("cpu.cfs_period_us=200000", "cpu.cfs_quota_us=100000"));
  change.cpu_quota = 25'000;
  change.cpu_period = 50'000;
  EXPECT_THAT(shown(v1_host(), current, change), ElementsAre("cpu.cfs_quota_us=25000", "cpu.cfs_period_us=50000"));
  EXPECT_THAT(shown(v2_host(), current, change), ElementsAre("cpu.max=25000 50000"));
  change.cpu_quota.reset();
  EXPECT_THAT(shown(v2_host(), current, change), ElementsAre("cpu.max=50000 50000")) << "the quota in force stays";
  change = {};
  change.cpu_quota = -1;
  EXPECT_THAT(shown(v1_host(), current, change), ElementsAre("cpu.cfs_quota_us=-1"));
  EXPECT_THAT(shown(v2_host(), current, change), ElementsAre("cpu.max=max 100000"));
  change.cpu_burst = 10'000;
  EXPECT_THAT(shown(v2_host(), current, change), ElementsAre("cpu.max=max 100000", "cpu.max.burst=10000"));
  current.cpu_burst = 20'000;
  change.cpu_quota = 10'000;
  EXPECT_THAT(shown(v2_host(), current, change), ElementsAre("cpu.max.burst=10000", "cpu.max=10000 100000"));
}

TEST(CgroupUpdate, IdleAndWeightTakeTurns) {
  oci::Resources change;
  change.cpu_shares = 1024;
  change.cpu_idle = 0;
  EXPECT_THAT(shown(v2_host(), {}, change), ElementsAre("cpu.idle=0", "cpu.weight=100"));
  EXPECT_THAT(shown(v1_host(), {}, change), ElementsAre("cpu.idle=0", "cpu.shares=1024"));
  change.cpu_idle = 1;
  EXPECT_THAT(shown(v2_host(), {}, change), ElementsAre("cpu.idle=1"));
}

TEST(CgroupUpdate, TheRest) {
  oci::Resources change;
  change.pids_limit = -1;
  change.cpuset_cpus = "0";
  change.blkio_weight = 100;
  change.memory_reservation = -1;
  EXPECT_THAT(shown(v1_host(), {}, change), ElementsAre("memory.soft_limit_in_bytes=-1", "pids.max=max",
                                                        "cpuset.cpus=0", "blkio.bfq.weight=100?", "blkio.weight=100?"));
  change.unified = {{"memory.high", "1\n"}};
  EXPECT_THAT(shown(v2_host(), {}, change), ElementsAre("memory.low=max", "pids.max=max", "cpuset.cpus=0",
                                                        "io.bfq.weight=100?", "io.weight=910?", "memory.high=1"));
  EXPECT_THAT(refusal_of(v1_host(), {}, change), HasSubstr("this host has no cgroup v2"));
}

TEST(CgroupUpdate, NoProcessesMeansOne) {
  oci::Resources change;
  change.pids_limit = 0;
  EXPECT_THAT(shown(v2_host(), {}, change), ElementsAre("pids.max=1"));
}

TEST(CgroupUpdate, NothingIsNothingAndWrongIsRefused) {
  EXPECT_THAT(shown(v1_host(), {}, {}), IsEmpty());
  EXPECT_THAT(shown(v2_host(), {}, {}), IsEmpty());
  oci::Resources change;
  change.memory_limit = 0;
  change.cpu_quota = 0;
  change.devices = {{false, "a", {}, {}, "rwm"}};
  EXPECT_THAT(shown(v2_host(), {}, change), IsEmpty()) << "0 leaves a limit, and rules stay as they are";
  change.cpu_quota = 10;
  EXPECT_THAT(refusal_of(v2_host(), {}, change), HasSubstr("CPU cfs quota"));
  change = {};
  change.pids_limit = 5;
  EXPECT_THAT(refusal_of({}, {}, change), HasSubstr("no pids cgroup controller"));
}

}  // namespace
}  // namespace minidock::linux
