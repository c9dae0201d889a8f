// A container's cgroup with processes in it: listing, freezing, signals, updates, statistics, out of memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>

#include <atomic>
#include <cstring>

#include "base/error.h"
#include "integration/linux/applied_plan.h"
#include "integration/linux/in_child.h"
#include "linux/cgroup_oom.h"
#include "linux/cgroup_processes.h"
#include "linux/cgroup_stats.h"
#include "linux/cgroup_update.h"
#include "linux/seccomp.h"

namespace minidock::linux {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class CgroupControl : public testing::Test {
 protected:
  static constexpr char kPath[] = "/minidock-control-test/c";

  void SetUp() override {
    layout_ = read_cgroup_layout();
    if (layout_.hierarchies.empty()) GTEST_SKIP() << "needs cgroups";
    read_cgroup_parents(layout_, kPath);
  }
  void TearDown() override {
    for (const pid_t child : children_) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
    try_remove_cgroups(layout_, kPath);
    try_remove_cgroups(layout_, "/minidock-control-test");
  }

  CgroupPlan plan(const oci::Resources& resources = {}) const {
    return plan_cgroup(layout_, kPath, resources, CgroupScope::all);
  }
  void apply(const oci::Resources& resources = {}) { apply_cgroup_plan(plan(resources)); }

  // A process in the container, in `below` of it in every hierarchy, that runs `body` until it is killed.
  template <typename Body>
  pid_t start(Body body, const char* below = "") {
    const pid_t child = ::fork();
    if (child == 0) {
      join_cgroups(layout_, cat(kPath, below), ::getpid());
      for (;;) body();
    }
    children_.push_back(child);
    while (!holds(child)) ::usleep(1000);
    return child;
  }
  bool holds(pid_t pid) const {
    const std::vector<pid_t> all = cgroup_processes(layout_, kPath);
    return std::find(all.begin(), all.end(), pid) != all.end();
  }
  std::string text(const char* controller, const char* file) const {
    const CgroupHierarchy* hierarchy = layout_.find(controller);
    return hierarchy ? std::string(trim(read_file(AT_FDCWD, cat(hierarchy->mount_point, kPath, "/", file)))) : "";
  }

  CgroupLayout layout_;
  std::vector<pid_t> children_;
};

void sleep_on() {
  ::pause();
}

TEST_F(CgroupControl, ABundleIsInEveryHierarchyAndGoesFromAll) {
  apply();
  const std::vector<std::string> found = find_cgroups(layout_, kPath);
  size_t v1 = 0;
  for (const CgroupHierarchy& one : layout_.hierarchies) v1 += one.version == 1;
  EXPECT_GE(found.size(), std::max<size_t>(v1, 1));
  const pid_t child = start(sleep_on);
  EXPECT_THAT(cgroup_processes(layout_, kPath), ElementsAre(child));
  EXPECT_FALSE(try_remove_cgroups(layout_, kPath));
  signal_cgroup(layout_, kPath, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(wait_cgroup_empty(layout_, kPath, kSecond));
  EXPECT_TRUE(try_remove_cgroups(layout_, kPath));
  EXPECT_THAT(find_cgroups(layout_, kPath), IsEmpty());
  EXPECT_THAT(cgroup_processes(layout_, kPath), IsEmpty());
}

// A block device that may be throttled: not a partition. "" where there is none.
std::string block_device() {
  for (const std::string& name : list_dir(AT_FDCWD, "/sys/block"))
    if (const auto numbers = find_file_text(AT_FDCWD, cat("/sys/block/", name, "/dev")))
      return std::string(trim(*numbers));
  return "";
}

oci::Resources limits_for(const CgroupLayout& layout) {
  oci::Resources resources;
  if (layout.find("memory")) {
    resources.memory_limit = 64 << 20;
    resources.memory_swap = layout.find("memory")->limits_swap ? 80 << 20 : 0;
    resources.memory_reservation = 32 << 20;
    resources.memory_swappiness = 10;
    resources.memory_kernel = 32 << 20;
    resources.memory_kernel_tcp = 32 << 20;
    resources.memory_use_hierarchy = true;
  }
  if (layout.find("pids")) resources.pids_limit = 20;
  if (layout.find("cpuset")) resources.cpuset_cpus = resources.cpuset_mems = "0";
  if (layout.find("cpu")) {
    resources.cpu_shares = 2000;
    resources.cpu_quota = 30'000;
    resources.cpu_period = 60'000;
    resources.cpu_burst = 10'000;
  }
  if (layout.find("hugetlb")) resources.hugepage_limits = {{"2MB", 4 << 20}};
  const bool block = layout.find("blkio") || layout.find("io");
  const std::vector<std::string> numbers = split(block_device(), ':');
  if (block && numbers.size() == 2) {
    const int64_t major = parse_int(numbers[0]).value(), minor = parse_int(numbers[1]).value();
    resources.blkio_weight = 200;
    resources.blkio_weight_device = {{major, minor, 300, 100}};
    resources.blkio_read_bps = resources.blkio_write_bps = {{major, minor, 1 << 20}};
    resources.blkio_read_iops = resources.blkio_write_iops = {{major, minor, 100}};
  }
  return resources;
}

TEST_F(CgroupControl, EveryLimitThatThisKernelHasIsTaken) {
  const oci::Resources resources = limits_for(layout_);
  const CgroupPlan whole = plan(resources);
  EXPECT_GE(whole.writes.size(), 4u);
  ASSERT_NO_THROW(apply_cgroup_plan(whole)) << "each verified limit was read back";
  if (layout_.find("hugetlb")) {
    EXPECT_EQ(text("hugetlb", layout_.find("hugetlb")->version == 2 ? "hugetlb.2MB.max" : "hugetlb.2MB.limit_in_bytes"),
              "4194304");
  }
  const pid_t child = start(sleep_on);
  EXPECT_THAT(cgroup_processes(layout_, kPath), ElementsAre(child));
  // And taken again, by those who find the cgroup there.
  EXPECT_NO_THROW(apply_cgroup_plan(whole));
  update_cgroup(layout_, kPath, resources);
}

TEST_F(CgroupControl, ANewCpusetTakesWhatItsNearestParentHas) {
  const CgroupHierarchy* cpuset = layout_.find("cpuset");
  if (!cpuset || cpuset->version != 1) GTEST_SKIP() << "needs the cpuset controller of v1";
  if (cpuset->cpus == "0") GTEST_SKIP() << "needs more than one processor";
  const std::string parent = cat(cpuset->mount_point, "/minidock-control-test");
  ensure_dir(AT_FDCWD, parent, 0755);
  write_cgroups({{parent, "cpuset.cpus", "0"}, {parent, "cpuset.mems", "0"}});
  read_cgroup_parents(layout_, kPath);
  EXPECT_EQ(layout_.find("cpuset")->existing, "/minidock-control-test");
  apply();
  EXPECT_EQ(text("cpuset", "cpuset.cpus"), "0");
  EXPECT_EQ(trim(read_file(AT_FDCWD, cat(parent, "/cpuset.cpus"))), "0") << "not widened";
  start(sleep_on);
}

TEST_F(CgroupControl, AFailedPlanLeavesNoDirectory) {
  CgroupPlan broken = plan();
  broken.writes.push_back({broken.directories.back(), "no.such.file", "1"});
  EXPECT_THROW(apply_cgroup_plan(broken), Error);
  EXPECT_THAT(find_cgroups(layout_, "/minidock-control-test"), IsEmpty());
}

TEST_F(CgroupControl, WritesGoNowhereButToCgroups) {
  try {
    write_cgroup({"/tmp", "pids.max", "1"});
    FAIL() << "a plain directory was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
  }
  EXPECT_THROW(signal_cgroup(layout_, "/", SIGTERM), Error) << "the top is everybody's";
  EXPECT_THROW(signal_cgroup(layout_, "/minidock-control-test/../..", SIGTERM), Error);
}

TEST_F(CgroupControl, FreezingStopsForkersAndNesters) {
  apply();
  ensure_dir(AT_FDCWD, cat(find_cgroups(layout_, kPath).back(), "/nested"), 0755);
  std::atomic<uint64_t>* const counter = static_cast<std::atomic<uint64_t>*>(
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  start([&] {
    counter->fetch_add(1);
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    ::waitpid(child, nullptr, 0);
  });
  for (int round = 0; round < 20; ++round) {
    freeze_cgroup(layout_, kPath);
    ASSERT_TRUE(is_cgroup_frozen(layout_, kPath));
    const uint64_t before = counter->load();
    ::usleep(3000);
    ASSERT_EQ(counter->load(), before) << "it ran on in round " << round;
    thaw_cgroup(layout_, kPath);
    EXPECT_FALSE(is_cgroup_frozen(layout_, kPath));
    for (int wait = 0; counter->load() == before && wait < 2000; ++wait) ::usleep(1000);
    ASSERT_GT(counter->load(), before);
  }
  freeze_cgroup(layout_, kPath);
  freeze_cgroup(layout_, kPath);
  thaw_cgroup(layout_, kPath);
  thaw_cgroup(layout_, kPath);
  ::munmap(counter, 4096);
}

TEST_F(CgroupControl, KillReachesEveryForkOfABomb) {
  oci::Resources resources;
  resources.pids_limit = 60;
  apply(resources);
  const pid_t first = start([] {
    ::signal(SIGCHLD, SIG_IGN);
    if (::fork() == 0 && ::fork() == 0) ::signal(SIGTERM, SIG_IGN);
    ::usleep(100);
  });
  while (cgroup_processes(layout_, kPath).size() < 30) ::usleep(1000);
  signal_cgroup(layout_, kPath, SIGKILL);
  EXPECT_EQ(::waitpid(first, nullptr, 0), first);
  children_.clear();
  EXPECT_TRUE(wait_cgroup_empty(layout_, kPath, 5 * kSecond));
  EXPECT_TRUE(try_remove_cgroups(layout_, kPath));
}

TEST_F(CgroupControl, KillEndsTheFrozenAndOthersSignalsWait) {
  apply();
  const pid_t child = start(sleep_on);
  freeze_cgroup(layout_, kPath);
  signal_cgroup(layout_, kPath, SIGTERM);
  EXPECT_TRUE(is_cgroup_frozen(layout_, kPath)) << "a pause is kept";
  signal_cgroup(layout_, kPath, SIGKILL);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  children_.clear();
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(wait_cgroup_empty(layout_, kPath, kSecond));
}

TEST_F(CgroupControl, SignalsGoByNumberWithoutPidfds) {
  oci::Seccomp profile;
  profile.default_action = "SCMP_ACT_ALLOW";
  profile.rules = {{{"pidfd_open"}, "SCMP_ACT_ERRNO", ENOSYS, {}}};
  const std::string filter = compile_seccomp(profile);
  apply();
  const pid_t child = start(sleep_on);
  EXPECT_EQ(in_child([&] {
              if (load_filter(filter) != 0) return 250;
              signal_cgroup(layout_, kPath, SIGTERM);
              return 0;
            }),
            0);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  children_.clear();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

TEST_F(CgroupControl, UpdatesUpAndDownAndUnlimited) {
  const CgroupHierarchy* memory = layout_.find("memory");
  if (!memory || !layout_.find("pids") || !layout_.find("cpu")) GTEST_SKIP() << "needs memory, pids and cpu";
  const bool v2 = memory->version == 2;
  apply();
  const pid_t child = start(sleep_on);
  for (const int64_t megabytes : {32, 64, 16, 128, -1, 32}) {
    oci::Resources change;
    change.memory_limit = megabytes < 0 ? -1 : megabytes << 20;
    change.memory_swap = megabytes < 0 || !memory->limits_swap ? -1 : megabytes << 20;
    change.pids_limit = megabytes < 0 ? -1 : megabytes;
    change.cpu_quota = megabytes < 0 ? -1 : megabytes * 1000;
    change.cpu_period = 1000000 / static_cast<uint64_t>(std::abs(megabytes));
    change.cpu_shares = 512;
    update_cgroup(layout_, kPath, change);
    const CgroupCurrent now = read_cgroup_current(layout_, kPath);
    EXPECT_EQ(now.memory_limit, *change.memory_limit);
    EXPECT_EQ(now.cpu_quota, *change.cpu_quota);
    EXPECT_EQ(now.cpu_period, *change.cpu_period);
    EXPECT_EQ(now.memory_swap.value_or(-1), megabytes < 0 || !now.memory_swap ? -1 : v2 ? 0 : *change.memory_swap);
    EXPECT_EQ(text("pids", "pids.max"), megabytes < 0 ? "max" : cat(megabytes));
  }
  oci::Resources checked;
  checked.memory_limit = 4096;
  checked.memory_check_before_update = true;
  start([] {
    static const std::string held(4 << 20, 'x');
    ::pause();
  });
  EXPECT_THROW(update_cgroup(layout_, kPath, checked), Error);
  EXPECT_EQ(::kill(child, 0), 0);
}

TEST_F(CgroupControl, StatisticsCount) {
  oci::Resources resources;
  if (layout_.find("pids")) resources.pids_limit = 17;
  apply(resources);
  std::atomic<int>* const ready =
      static_cast<std::atomic<int>*>(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  start([&] {
    static std::string held(8 << 20, 'x');
    std::memset(held.data(), 2, held.size());
    if (ready->load() < 100) ready->fetch_add(1);
  });
  while (ready->load() < 100) ::usleep(1000);
  const CgroupStats stats = read_cgroup_stats(layout_, kPath);
  if (layout_.find("memory")) {
    EXPECT_GT(stats.memory.usage.usage, 8u << 20);
    EXPECT_GE(stats.memory.usage.peak, stats.memory.usage.usage / 2);
    EXPECT_FALSE(stats.memory.raw.empty());
  }
  if (layout_.find("pids")) {
    EXPECT_EQ(stats.pids.current, 1u);
    EXPECT_EQ(stats.pids.limit, 17u);
  }
  if (layout_.find("cpuacct") || layout_.mode == CgroupMode::v2) {
    EXPECT_GT(stats.cpu.total, 1'000'000u);
    EXPECT_GE(stats.cpu.total, stats.cpu.user / 2);
  }
  EXPECT_EQ(stats.cpu.per_cpu.size(), stats.cpu.per_cpu_user.size());
  ::munmap(ready, 4096);
  EXPECT_THROW(read_cgroup_stats(layout_, "/minidock-no-such"), Error);
}

TEST_F(CgroupControl, OutOfMemoryIsTold) {
  if (!layout_.find("memory")) GTEST_SKIP() << "needs the memory controller";
  oci::Resources resources;
  resources.memory_limit = 16 << 20;
  if (layout_.find("memory")->limits_swap) resources.memory_swap = 16 << 20;
  apply(resources);
  start(sleep_on);
  OomWatch watch = OomWatch::open(layout_, kPath);
  pollfd news = {watch.fd(), POLLIN, 0};
  EXPECT_FALSE(watch.take().out_of_memory);
  const pid_t child = ::fork();
  if (child == 0) {
    join_cgroups(layout_, kPath, ::getpid());
    std::string held(64 << 20, 'x');
    ::_exit(held[7] == 'x' ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  ASSERT_EQ(::poll(&news, 1, 5000), 1);
  bool told = false;
  for (int wait = 0; wait < 100 && !told; ++wait) told = watch.take().out_of_memory || ::usleep(10'000) != 0;
  EXPECT_TRUE(told);
  TearDown();
  children_.clear();
  ASSERT_EQ(::poll(&news, 1, 5000), 1);
  EXPECT_TRUE(watch.take().gone);
  EXPECT_THROW(OomWatch::open(layout_, kPath), Error);
}

}  // namespace
}  // namespace minidock::linux
