#include "engine/update.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace minidock::engine {
namespace {

constexpr int64_t kMebibyte = 1 << 20;

ContainerConfig config_with(std::optional<int64_t> memory, std::optional<int64_t> swap) {
  ContainerConfig config;
  config.args = {"true"};
  config.resources.memory_limit = memory;
  config.resources.memory_swap = swap;
  return config;
}

ContainerUpdate memory(int64_t limit, std::optional<int64_t> swap = std::nullopt) {
  ContainerUpdate change;
  change.resources.memory_limit = limit;
  change.resources.memory_swap = swap;
  return change;
}

std::string refusal(const ContainerConfig& config, const ContainerUpdate& change) {
  try {
    updated_config(config, change);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Update, SwapStaysWhereItFollowedFromTheOldLimit) {
  const ContainerConfig old = config_with(64 * kMebibyte, std::nullopt);
  const ContainerConfig after = updated_config(old, memory(100 * kMebibyte));
  EXPECT_EQ(after.resources.memory_limit, 100 * kMebibyte);
  EXPECT_EQ(after.resources.memory_swap, 128 * kMebibyte);
  EXPECT_EQ(refusal(old, memory(129 * kMebibyte)),
            "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time");
}

TEST(Update, FirstLimitHasSwapAsAtAStart) {
  const ContainerUpdate change = memory(10 * kMebibyte);
  const ContainerConfig after = updated_config(config_with(std::nullopt, std::nullopt), change);
  EXPECT_FALSE(after.resources.memory_swap);
  EXPECT_EQ(live_change(change, after).memory_swap, 20 * kMebibyte);
}

TEST(Update, UnlimitedSwapBoundsNothing) {
  const ContainerConfig after = updated_config(config_with(kMebibyte, -1), memory(100 * kMebibyte));
  EXPECT_EQ(after.resources.memory_swap, -1);
}

TEST(Update, SwapAloneTakesTheLimitAlong) {
  ContainerUpdate change;
  change.resources.memory_swap = 200 * kMebibyte;
  const ContainerConfig after = updated_config(config_with(100 * kMebibyte, std::nullopt), change);
  EXPECT_EQ(live_change(change, after).memory_limit, 100 * kMebibyte);
  EXPECT_NE(refusal(config_with(std::nullopt, std::nullopt), change), "");
}

TEST(Update, CpusAndQuotaExcludeEachOther) {
  ContainerUpdate cpus, quota;
  cpus.nano_cpus = 1'500'000'000;
  quota.resources.cpu_quota = 50'000;
  const ContainerConfig plain = config_with(std::nullopt, std::nullopt);
  const ContainerConfig with_cpus = updated_config(plain, cpus);
  EXPECT_EQ(with_cpus.resources.cpu_quota, 150'000);
  EXPECT_EQ(live_change(cpus, with_cpus).cpu_period, 100'000u);
  EXPECT_EQ(refusal(with_cpus, quota),
            "Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set");
  cpus.nano_cpus = 500'000'000;
  EXPECT_EQ(updated_config(with_cpus, cpus).resources.cpu_quota, 50'000) << "--cpus again is fine";
  EXPECT_EQ(refusal(updated_config(plain, quota), cpus),
            "Conflicting options: Nano CPUs cannot be updated as CPU Quota has already been set");
}

TEST(Update, ZeroChangesNothingAndNoLimitOfProcessesIsTold) {
  ContainerConfig config = config_with(kMebibyte * 64, std::nullopt);
  config.resources.cpuset_cpus = "0";
  const ContainerConfig same = updated_config(config, memory(0));
  EXPECT_EQ(same.resources.memory_limit, kMebibyte * 64);
  EXPECT_EQ(same.resources.cpuset_cpus, "0");
  ContainerUpdate change;
  change.resources.pids_limit = 0;
  EXPECT_EQ(live_change(change, updated_config(config, change)).pids_limit, -1);
}

}  // namespace
}  // namespace minidock::engine
