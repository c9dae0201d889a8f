#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/linux/cgroup_texts.h"

namespace minidock::linux {
namespace {

using testing::ElementsAre;

TEST(CgroupLayout, V1Host) {
  const CgroupLayout layout = v1_host();
  EXPECT_EQ(layout.mode, CgroupMode::v1);
  EXPECT_EQ(layout.hierarchies.size(), 7u);
  EXPECT_EQ(layout.unified(), nullptr);
  ASSERT_NE(layout.find("cpuacct"), nullptr);
  EXPECT_EQ(layout.find("cpuacct"), layout.find("cpu")) << "mounted together";
  EXPECT_EQ(layout.find("cpu")->mount_point, "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_THAT(layout.find("cpu")->controllers, ElementsAre("cpu", "cpuacct"));
  EXPECT_EQ(layout.find("pids")->self, "/user.slice/user-0.slice");
  EXPECT_THAT(layout.find("name=systemd")->controllers, ElementsAre("name=systemd"));
  EXPECT_EQ(layout.find("hugetlb"), nullptr);
}

TEST(CgroupLayout, HybridHost) {
  const CgroupLayout layout = hybrid_host();
  EXPECT_EQ(layout.mode, CgroupMode::hybrid);
  ASSERT_NE(layout.unified(), nullptr);
  EXPECT_EQ(layout.unified()->mount_point, "/sys/fs/cgroup/unified");
  EXPECT_EQ(layout.find("hugetlb"), layout.unified());
  EXPECT_EQ(layout.find("memory")->version, 1);
  EXPECT_EQ(layout.find("memory")->self, "/process/ce2d");
}

TEST(CgroupLayout, PureV2HostWithANestedSelf) {
  const CgroupLayout layout = v2_host();
  EXPECT_EQ(layout.mode, CgroupMode::v2);
  ASSERT_EQ(layout.hierarchies.size(), 1u);
  EXPECT_EQ(layout.unified()->self, "/user.slice/user-1000.slice/user@1000.service/app.slice");
  EXPECT_EQ(layout.unified()->root, "/");
  EXPECT_EQ(layout.find("io"), layout.unified());
  EXPECT_EQ(layout.find("devices"), nullptr);
}

TEST(CgroupLayout, InAContainerTheMountsOwnTopCounts) {
  const char* mountinfo =
      "50 49 0:22 /docker/abc /sys/fs/cgroup ro,relatime - cgroup2 cgroup rw\n"
      "51 49 0:30 /docker/abc /mnt/pids ro,relatime - cgroup cgroup rw,pids\n";
  const CgroupLayout layout = parse_cgroup_layout(mountinfo, "3:pids:/docker/abc/child\n0::/docker/abc\n", "pids");
  EXPECT_EQ(layout.hierarchies[0].self, "/");
  EXPECT_EQ(layout.hierarchies[1].self, "/child");
  EXPECT_EQ(layout.hierarchies[1].root, "/docker/abc");
  const CgroupLayout outside = parse_cgroup_layout(mountinfo, "3:pids:/docker/abcd\n0::/other\n", "pids");
  EXPECT_EQ(outside.hierarchies[0].self, "/") << "a cgroup that the mount does not show";
  EXPECT_EQ(outside.hierarchies[1].self, "/") << "a name that only begins alike";
}

TEST(CgroupLayout, OddMountTables) {
  EXPECT_EQ(parse_cgroup_layout("", "", "").mode, CgroupMode::none);
  EXPECT_EQ(parse_cgroup_layout("garbage\n1 2 3\n\n - cgroup\n", "x:y\n", "").find("pids"), nullptr);
  const CgroupLayout escaped =
      parse_cgroup_layout("31 30 0:28 / /mnt/a\\040b\\134c rw - cgroup cgroup rw,pids\n", "1:pids:/\n", "");
  EXPECT_EQ(escaped.find("pids")->mount_point, "/mnt/a b\\c");
  const CgroupLayout twice = parse_cgroup_layout(
      "31 30 0:28 / /a rw - cgroup cgroup rw,pids\n32 30 0:28 / /b rw - cgroup cgroup rw,pids\n", "", "");
  ASSERT_EQ(twice.hierarchies.size(), 1u);
  EXPECT_EQ(twice.find("pids")->mount_point, "/a");
  const CgroupLayout covered = parse_cgroup_layout(
      "31 30 0:28 / /a rw - cgroup cgroup rw,pids\n32 31 0:28 / /a rw - cgroup cgroup rw,memory\n", "", "");
  EXPECT_EQ(covered.find("pids"), nullptr) << "the later mount hides the earlier";
}

}  // namespace
}  // namespace minidock::linux
