// Plans carried out on this host's hierarchies, whichever they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "integration/linux/applied_plan.h"
#include "integration/linux/in_child.h"

namespace minidock::linux {
namespace {

using testing::Contains;
using testing::IsEmpty;

const char kPath[] = "/minidock-linux-test";

bool has(const CgroupLayout& layout, const char* controller) {
  return layout.find(controller) != nullptr;
}

TEST(Cgroup, EveryLimitReadsBack) {
  const CgroupLayout layout = read_cgroup_layout();
  if (!has(layout, "memory") || !has(layout, "pids")) GTEST_SKIP() << "needs memory and pids controllers";
  oci::Resources resources;
  resources.memory_limit = (32 << 20) + 1;
  resources.memory_reservation = 16 << 20;
  resources.pids_limit = 10;
  if (has(layout, "cpu")) {
    resources.cpu_shares = 512;
    resources.cpu_quota = 50'000;
  }
  if (has(layout, "cpuset")) resources.cpuset_cpus = "0";
  const CgroupPlan plan = plan_cgroup(layout, cat(kPath, "/nested"), resources);
  EXPECT_GE(plan.writes.size(), 4u);
  const AppliedPlan applied(plan);
  EXPECT_THAT(applied.differences(), IsEmpty());
  EXPECT_EQ(in_child([&] { return applied.join(), 0; }), 0) << "and a process can join";
  const CgroupUsage usage = read_cgroup_usage(layout, cat(kPath, "/nested"));
  EXPECT_EQ(usage.memory_limit, 32u << 20);
  EXPECT_EQ(usage.oom_kills, 0u);
  EXPECT_EQ(usage.pids_current, 0u);
}

// Forks until it cannot, and returns how many children there were.
int count_forks() {
  int children = 0;
  while (children < 100) {
    const pid_t child = ::fork();
    if (child < 0) break;
    if (child == 0) {
      ::pause();
      ::_exit(0);
    }
    ++children;
  }
  return children;
}

TEST(Cgroup, PidsLimitHolds) {
  const CgroupLayout layout = read_cgroup_layout();
  if (!has(layout, "pids")) GTEST_SKIP() << "needs the pids controller";
  oci::Resources resources;
  resources.pids_limit = 10;
  const AppliedPlan applied(plan_cgroup(layout, kPath, resources));
  const int children = in_child([&] {
    // A process group of its own, so that one kill ends all.
    ::setpgid(0, 0);
    applied.join();
    const int count = count_forks();
    const uint64_t current = read_cgroup_usage(layout, kPath).pids_current;
    ::signal(SIGTERM, SIG_IGN);
    ::kill(0, SIGTERM);
    while (::waitpid(-1, nullptr, 0) > 0) {
    }
    return current == 10 ? count : 100;
  });
  EXPECT_EQ(children, 9) << "ten with the one that forks";
  EXPECT_EQ(in_child([&] {
              applied.join();
              return 0;
            }),
            0)
      << "the limit is free again";
}

TEST(Cgroup, MemoryLimitKillsAndIsCounted) {
  const CgroupLayout layout = read_cgroup_layout();
  if (!has(layout, "memory")) GTEST_SKIP() << "needs the memory controller";
  oci::Resources resources;
  resources.memory_limit = 16 << 20;
  resources.memory_swap = 16 << 20;
  const AppliedPlan applied(plan_cgroup(layout, kPath, resources));
  const int status = in_child([&] {
    applied.join();
    constexpr size_t kSize = 64 << 20;
    void* memory = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return 2;
    std::memset(memory, 1, kSize);
    return 0;
  });
  EXPECT_EQ(status, 200 + SIGKILL);
  const CgroupUsage usage = read_cgroup_usage(layout, kPath);
  EXPECT_EQ(usage.oom_kills, 1u);
  EXPECT_GT(usage.memory_peak, 15u << 20);
}

// 0, or the errno of opening a device node made for the purpose.
int try_device(mode_t type, unsigned major, unsigned minor) {
  const std::string path = "/dev/minidock-linux-test";
  ::unlink(path.c_str());
  if (::mknod(path.c_str(), type | 0600, makedev(major, minor)) != 0) return errno;
  const Fd device(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const int result = device ? 0 : errno;
  ::unlink(path.c_str());
  return result;
}

TEST(Cgroup, DevicePolicyOfThisHostsKind) {
  const CgroupLayout layout = read_cgroup_layout();
  if (layout.mode == CgroupMode::none) GTEST_SKIP() << "needs cgroups";
  ASSERT_EQ(try_device(S_IFCHR, 1, 11), 0) << "kmsg opens outside";
  {
    const AppliedPlan applied(plan_cgroup(layout, kPath, {}));
    EXPECT_EQ(in_child([&] { return applied.join(), try_device(S_IFCHR, 1, 3); }), 0) << "null";
    EXPECT_EQ(in_child([&] { return applied.join(), try_device(S_IFCHR, 1, 11); }), EPERM) << "kmsg";
    EXPECT_EQ(in_child([&] { return applied.join(), try_device(S_IFBLK, 7, 0); }), EPERM) << "loop0";
  }
  oci::Resources resources;
  resources.devices = {{false, "a", {}, {}, "rwm"}, {true, "c", 1, 11, "r"}};
  {
    const AppliedPlan applied(plan_cgroup(layout, kPath, resources));
    EXPECT_EQ(in_child([&] { return applied.join(), try_device(S_IFCHR, 1, 11); }), 0) << "kmsg, added";
  }
  resources.devices = {{true, "a", {}, {}, "rwm"}};
  const AppliedPlan applied(plan_cgroup(layout, kPath, resources));
  EXPECT_EQ(in_child([&] { return applied.join(), try_device(S_IFCHR, 1, 11); }), 0) << "privileged";
}

TEST(Cgroup, DeviceProgramOnV2) {
  const CgroupLayout layout = read_cgroup_layout();
  const CgroupHierarchy* unified = layout.unified();
  if (!unified) GTEST_SKIP() << "needs a mounted cgroup v2";
  CgroupPlan plan;
  plan.v2_directory = unified->mount_point + kPath;
  plan.directories = {plan.v2_directory};
  std::vector<oci::DeviceRule> rules = default_device_rules();
  rules.push_back({true, "c", 1, 11, "rw"});
  rules.push_back({false, "c", 1, 11, "w"});
  plan.device_program = device_program(rules);
  const AppliedPlan applied(plan);
  EXPECT_EQ(in_child([&] { return applied.join(), try_device(S_IFCHR, 1, 3); }), 0) << "null";
  EXPECT_EQ(in_child([&] { return applied.join(), try_device(S_IFCHR, 1, 11); }), 0) << "kmsg for reading";
  EXPECT_EQ(in_child([&] { return applied.join(), try_device(S_IFCHR, 10, 237); }), EPERM) << "loop-control";
  EXPECT_EQ(in_child([&] {
              applied.join();
              return ::open("/dev/kmsg", O_WRONLY | O_CLOEXEC) < 0 ? errno : 0;
            }),
            EPERM)
      << "kmsg for writing";
}

TEST(Cgroup, RemovalTakesChildrenAndWaitsForNobody) {
  const CgroupLayout layout = read_cgroup_layout();
  if (layout.hierarchies.empty()) GTEST_SKIP() << "needs cgroups";
  const std::string directory = layout.hierarchies.back().mount_point + kPath;
  for (const char* child : {"", "/a", "/a/b", "/c"}) ensure_dir(AT_FDCWD, directory + child, 0755);
  EXPECT_THAT(list_cgroups(layout, "minidock-linux"), Contains(directory));
  EXPECT_THAT(list_cgroups(layout, "minidock-other"), IsEmpty());
  const pid_t child = ::fork();
  if (child == 0) {
    write_cgroup({directory + "/a/b", "cgroup.procs", "0"});
    ::pause();
    ::_exit(0);
  }
  while (read_file(AT_FDCWD, directory + "/a/b/cgroup.procs").empty()) ::usleep(1000);
  EXPECT_FALSE(try_remove_cgroup(directory));
  EXPECT_FALSE(exists_at(AT_FDCWD, directory + "/c")) << "what was empty is gone";
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(try_remove_cgroup(directory));
  EXPECT_FALSE(exists_at(AT_FDCWD, directory));
  EXPECT_TRUE(try_remove_cgroup(directory)) << "a missing one is removed";
}

}  // namespace
}  // namespace minidock::linux
