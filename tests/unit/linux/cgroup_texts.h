// The three texts of parse_cgroup_layout as four kinds of host show them.
#pragma once

#include "linux/cgroup.h"

namespace minidock::linux {

// cgroup v1 with controllers that are mounted together, as distributions before systemd 247 had it.
inline CgroupLayout v1_host() {
  CgroupLayout layout = parse_cgroup_layout(
      R"(22 27 0:20 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
30 22 0:26 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs ro,mode=755
31 30 0:27 / /sys/fs/cgroup/systemd rw,nosuid shared:10 - cgroup cgroup rw,xattr,release_agent=/lib/systemd/agent,name=systemd
32 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:11 - cgroup cgroup rw,cpu,cpuacct
33 30 0:29 / /sys/fs/cgroup/memory rw,nosuid shared:12 - cgroup cgroup rw,memory
34 30 0:30 / /sys/fs/cgroup/pids rw,nosuid shared:13 - cgroup cgroup rw,pids
35 30 0:31 / /sys/fs/cgroup/devices rw,nosuid shared:14 - cgroup cgroup rw,devices
36 30 0:32 / /sys/fs/cgroup/cpuset rw,nosuid shared:15 - cgroup cgroup rw,cpuset
37 30 0:33 / /sys/fs/cgroup/blkio rw,nosuid shared:16 - cgroup cgroup rw,blkio
)",
      "7:blkio:/user.slice\n6:cpuset:/\n5:devices:/user.slice\n4:pids:/user.slice/user-0.slice\n3:memory:/user.slice\n"
      "2:cpu,cpuacct:/user.slice\n1:name=systemd:/user.slice/user-0.slice/session-1.scope\n",
      "");
  for (CgroupHierarchy& one : layout.hierarchies)
    if (one.has("cpuset")) one.cpus = "0-3", one.mems = "0";
  return layout;
}

// Separate v1 hierarchies and a v2 with one controller beside them.
inline CgroupLayout hybrid_host() {
  CgroupLayout layout = parse_cgroup_layout(
      R"(30 22 0:27 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
31 30 0:28 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
33 30 0:30 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
34 30 0:31 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
35 30 0:32 / /sys/fs/cgroup/devices rw,relatime - cgroup cgroup rw,devices
36 30 0:33 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer
38 30 0:35 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
40 30 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
)",
      "8:pids:/\n6:freezer:/\n5:devices:/\n4:memory:/process/ce2d\n3:cpuset:/\n1:cpu:/\n0::/\n", "hugetlb\n");
  for (CgroupHierarchy& one : layout.hierarchies)
    if (one.has("cpuset")) one.cpus = "0-1", one.mems = "0";
  return layout;
}

inline CgroupLayout v2_host(std::string_view self = "0::/user.slice/user-1000.slice/user@1000.service/app.slice\n") {
  CgroupLayout layout = parse_cgroup_layout(
      "24 23 0:22 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 "
      "rw,nsdelegate,memory_recursiveprot\n",
      self, "cpuset cpu io memory hugetlb pids rdma misc\n");
  layout.hierarchies.front().cpus = "0-1";
  layout.hierarchies.front().mems = "0";
  return layout;
}

}  // namespace minidock::linux
