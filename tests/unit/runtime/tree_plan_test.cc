// Plans of a container's file tree. Each test writes out the steps that the kernel is to take for a mount.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "runtime/plan.h"
#include "support/refusal.h"

namespace minidock::runtime {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int64_t kSlave = MS_SLAVE, kShared = MS_SHARED, kPrivate = MS_PRIVATE;

const char* word_of(Op op) {
  static const std::map<Op, const char*> kWords = {{Op::clone, "clone"},
                                                   {Op::make_private, "make_private"},
                                                   {Op::share_mounts, "share_mounts"},
                                                   {Op::open_tree, "open_tree"},
                                                   {Op::open_cgroup, "open_cgroup"},
                                                   {Op::open_inside, "open_inside"},
                                                   {Op::open_map, "open_map"},
                                                   {Op::idmap, "idmap"},
                                                   {Op::overlay, "overlay"},
                                                   {Op::attach_root, "attach_root"},
                                                   {Op::pivot, "pivot"},
                                                   {Op::root_propagation, "root_propagation"},
                                                   {Op::new_mount, "new_mount"},
                                                   {Op::make_node, "make_node"},
                                                   {Op::make_symlink, "make_symlink"},
                                                   {Op::make_directory, "make_directory"},
                                                   {Op::attach, "attach"},
                                                   {Op::remount, "remount"},
                                                   {Op::set_attributes, "set_attributes"},
                                                   {Op::bind_options, "bind_options"},
                                                   {Op::copy_up, "copy_up"},
                                                   {Op::read_only, "read_only"},
                                                   {Op::mask, "mask"}};
  const auto found = kWords.find(op);
  return found == kWords.end() ? nullptr : found->second;
}

// "attach /data 3 0 0", "monitor: open_tree /src 0 1": the steps of the tree, of which those that every plan has are
// left out.
std::string line_of(const Step& step) {
  std::string line = cat(step.stage == Stage::monitor ? "monitor: " : "", word_of(step.op));
  for (const std::string& text : step.texts) line += cat(" ", text.empty() ? "-" : text);
  for (const int64_t number : step.numbers) line += cat(" ", number);
  return line;
}

class TreePlanTest : public ::testing::Test {
 protected:
  TreePlanTest() {
    for (const char* type : {"pid", "network", "mount", "ipc", "uts"})
      bundle_.spec.linux_.namespaces.push_back({type, ""});
    bundle_.launcher = Launcher::starter;
    bundle_.spec.root_path = "/b/rootfs";
    // The host's /dev, so that a plan has no nodes but those of its own test.
    bundle_.spec.mounts = {mount("/dev", "bind", "/dev", {"rbind"})};
  }

  static oci::Mount mount(std::string destination, std::string type, std::string source,
                          std::vector<std::string> options) {
    oci::Mount out;
    out.destination = std::move(destination);
    out.type = std::move(type);
    out.source = std::move(source);
    out.options = std::move(options);
    return out;
  }
  void add(std::string destination, std::string type, std::string source, std::vector<std::string> options) {
    bundle_.spec.mounts.push_back(mount(std::move(destination), std::move(type), std::move(source), options));
  }
  void map_users() {
    bundle_.spec.linux_.namespaces.push_back({"user", ""});
    bundle_.spec.linux_.uid_mappings = bundle_.spec.linux_.gid_mappings = {{0, 100000, 5}};
  }

  Plan make() const { return plan(bundle_, facts_); }
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (const Step& step : make().steps) {
      if (word_of(step.op) == nullptr || step.op == Op::clone) continue;
      const std::string line = line_of(step);
      if (line.find(" /dev ") == std::string::npos) out.push_back(line);
    }
    return out;
  }
  // Without what the empty bundle has.
  std::vector<std::string> own_lines() const {
    std::vector<std::string> out = lines();
    std::erase_if(out, [](const std::string& line) {
      return line.starts_with("make_private") || line.starts_with("pivot") ||
             line.find("/b/rootfs") != std::string::npos;
    });
    return out;
  }
  std::string refusal() const {
    return refusal_of([this] { make(); });
  }

  Bundle bundle_;
  linux::HostFacts facts_;
};

TEST_F(TreePlanTest, AnEmptyBundleOpensAttachesAndEntersItsRoot) {
  EXPECT_THAT(lines(), ElementsAre(cat("make_private ", MS_REC | kSlave), "open_tree /b/rootfs 0 1",
                                   "attach_root /b/rootfs 0 0", "pivot 0"));
}

TEST_F(TreePlanTest, WithoutPivotTheRootIsMoved) {
  bundle_.no_pivot = true;
  EXPECT_THAT(lines(), Contains("pivot 1"));
}

TEST_F(TreePlanTest, WithoutAMountNamespaceNothingReachesTheCallersMounts) {
  std::erase_if(bundle_.spec.linux_.namespaces, [](const auto& entry) { return entry.type == "mount"; });
  add("/data", "", "/src", {"rbind"});
  EXPECT_THAT(lines(), ElementsAre("share_mounts", "open_tree /b/rootfs 0 1", "attach_root /b/rootfs 0 1",
                                   cat("set_attributes 1 0 0 1 ", kSlave), "open_tree /src 2 1",
                                   cat("set_attributes 2 0 0 1 ", kSlave), "attach /data 2 0 0", "pivot 2"));
  bundle_.spec.mounts.back().options = {"rbind", "shared"};
  EXPECT_THAT(refusal(), HasSubstr("/data: shared propagation needs a mount namespace"));
  map_users();
  EXPECT_THAT(refusal(), HasSubstr("a user namespace has no rights over mounts"));
  bundle_.launcher = Launcher::monitor;
  bundle_.spec.process.args = {"true"};
  EXPECT_THAT(refusal(), HasSubstr("a container needs its own mount namespace"));
}

TEST_F(TreePlanTest, AReadOnlyBind) {
  add("/data", "bind", "/src", {"bind", "ro", "nosuid"});
  EXPECT_THAT(own_lines(),
              ElementsAre("open_tree /src 2 0", cat("bind_options 2 ", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, " 0 0 0"),
                          "attach /data 2 0 0"));
}

TEST_F(TreePlanTest, OfABindWhatIsNotNamedIsAsOnTheHost) {
  add("/data", "bind", "/src", {"bind"});
  EXPECT_THAT(own_lines(), Not(Contains(HasSubstr("bind_options"))));
  bundle_.spec.mounts.back().options = {"bind", "relatime"};
  EXPECT_THAT(own_lines(), Contains(cat("bind_options 2 0 ", MOUNT_ATTR__ATIME, " 1 0")));
}

TEST_F(TreePlanTest, ASourceInTheRootThatAnEarlierMountMadeIsTakenFromThere) {
  add("/b/rootfs/copy", "bind", "/b/rootfs/data/in", {"rbind"});
  EXPECT_THAT(own_lines(), ElementsAre("attach /copy 2 0 0"));  // of the host: no mount is there yet
  add("/data", "bind", "/src", {"bind"});
  add("/again", "bind", "/b/rootfs/data/in", {"rbind"});
  EXPECT_THAT(own_lines(), ElementsAre("attach /copy 2 0 0", "open_tree /src 3 0", "attach /data 3 0 0",
                                       "open_inside /data/in 4 1", "attach /again 4 0 0"));
  EXPECT_THAT(make().warnings, Contains(HasSubstr("/b/rootfs/copy is the root's path on the host; taken as /copy")));
  map_users();
  EXPECT_THAT(own_lines(), Contains("open_inside /data/in 4 1"));
}

TEST_F(TreePlanTest, MountsKeepTheOrderOfTheBundle) {
  add("/a", "tmpfs", "tmpfs", {});
  add("/a/b", "bind", "/src", {"bind"});
  add("/a/b/c", "tmpfs", "tmpfs", {});
  std::vector<std::string> made;
  for (const std::string& line : own_lines()) {
    if (line.starts_with("new_mount") || line.starts_with("open_tree")) made.push_back(line.substr(0, 9));
  }
  EXPECT_THAT(made, ElementsAre("new_mount", "open_tree", "new_mount"));
}

TEST_F(TreePlanTest, ABindThatTakesPartInPropagationIsOpenedWhileTheHostStillReachesUs) {
  add("/data", "", "/src", {"rbind", "rshared"});
  bundle_.spec.linux_.rootfs_propagation = "shared";
  const auto all = lines();
  const auto at = [&](const std::string& line) { return std::find(all.begin(), all.end(), line) - all.begin(); };
  EXPECT_LT(at("open_tree /src 0 1"), at(cat("make_private ", MS_REC | kSlave)));
  EXPECT_LT(at(cat("set_attributes 0 0 0 1 ", kShared)), at(cat("make_private ", MS_REC | kSlave)));
}

TEST_F(TreePlanTest, WithoutASharedRootItIsOpenedInTheOrderOfTheBundle) {
  add("/first", "tmpfs", "tmpfs", {});
  add("/data", "", "/src", {"rbind", "rshared"});
  EXPECT_THAT(own_lines(),
              ElementsAre("new_mount tmpfs tmpfs - /first 2 0 0", "attach /first 2 0 0", "open_tree /src 3 1",
                          cat("set_attributes 3 0 0 1 ", kShared), "attach /data 3 0 0"));
}

TEST_F(TreePlanTest, PropagationOfOneMountLeavesThoseBelowItSlaves) {
  add("/data", "", "/src", {"rbind", "slave"});
  EXPECT_THAT(own_lines(),
              ElementsAre("open_tree /src 2 1", cat("set_attributes 2 0 0 0 ", kSlave), "attach /data 2 0 0"));
}

TEST_F(TreePlanTest, RecursiveAttributesComeAfterTheMountsOwn) {
  add("/data", "", "/src", {"rbind", "ro", "rrw", "rnoexec", "rprivate"});
  EXPECT_THAT(own_lines(),
              ElementsAre("open_tree /src 2 1", cat("bind_options 2 ", MOUNT_ATTR_RDONLY, " 0 0 0"),
                          cat("set_attributes 2 ", MOUNT_ATTR_NOEXEC, " ", MOUNT_ATTR_RDONLY, " 1 ", kPrivate),
                          "attach /data 2 0 0"));
}

TEST_F(TreePlanTest, ANewFileSystemWithPropagationAndData) {
  add("/t", "tmpfs", "tmpfs", {"nodev", "mode=700", "sync", "unbindable"});
  EXPECT_THAT(own_lines(),
              ElementsAre(cat("new_mount tmpfs tmpfs mode=700,sync 2 ", MOUNT_ATTR_NODEV, " 0"),
                          cat("set_attributes 2 0 0 0 ", static_cast<int64_t>(MS_UNBINDABLE)), "attach /t 2 0 0"));
}

TEST_F(TreePlanTest, ATmpfsThatCopiesUpIsMadeReadOnlyAfterwards) {
  add("/etc", "tmpfs", "tmpfs", {"ro", "tmpcopyup"});
  EXPECT_THAT(own_lines(), ElementsAre("new_mount tmpfs tmpfs - /etc 2 0 0", "copy_up /etc 2",
                                       cat("set_attributes 2 ", MOUNT_ATTR_RDONLY, " 0 0 0"), "attach /etc 2 0 0"));
}

TEST_F(TreePlanTest, ProcAndSysAreMountedOnOrdinaryDirectoriesOnly) {
  add("/p/../proc", "proc", "proc", {"hidepid=2"});
  add("/s", "sysfs", "sysfs", {});
  EXPECT_THAT(own_lines(), Contains("attach /proc 2 1 0"));
  EXPECT_THAT(own_lines(), Contains("attach /s 3 1 0"));
}

TEST_F(TreePlanTest, ADestinationThatIsNotAbsoluteIsTakenFromTheRoot) {
  add("data", "tmpfs", "tmpfs", {});
  EXPECT_THAT(own_lines(), Contains("attach /data 2 0 0"));
  ASSERT_THAT(make().warnings, Contains(HasSubstr("data is not absolute")));
}

TEST_F(TreePlanTest, InAUserNamespaceEverythingOfTheHostIsOpenedBeforeClone) {
  map_users();
  add("/data", "", "/src", {"bind", "ro"});
  const auto all = lines();
  EXPECT_THAT(all, Contains("monitor: open_tree /src 1 0"));
  EXPECT_THAT(all, Contains(cat("monitor: set_attributes 1 0 0 1 ", kSlave)));
  EXPECT_THAT(all, Contains(cat("monitor: bind_options 1 ", MOUNT_ATTR_RDONLY, " 0 0 1")));
  EXPECT_THAT(all, Contains("monitor: open_tree /b/rootfs 2 1"));
  EXPECT_THAT(all, Contains("attach_root /b/rootfs 2 0"));
  const Plan made = make();
  const auto clone =
      std::find_if(made.steps.begin(), made.steps.end(), [](const Step& step) { return step.op == Op::clone; });
  EXPECT_TRUE(std::none_of(clone, made.steps.end(), [](const Step& step) { return step.op == Op::open_tree; }));
}

TEST_F(TreePlanTest, InAUserNamespaceDevicesAreTheHostsNodes) {
  map_users();
  bundle_.spec.mounts = {mount("/dev", "tmpfs", "tmpfs", {"mode=755"})};
  const auto all = lines();
  EXPECT_THAT(all, Contains(cat("monitor: open_tree /dev/null 0 0 ", static_cast<int64_t>(S_IFCHR), " 1 3")));
  EXPECT_THAT(all, Contains("attach /dev/null 0 1 0"));
  EXPECT_THAT(all, Not(Contains(HasSubstr("make_node"))));
}

TEST_F(TreePlanTest, AGroupThatIsNotMappedIsLeftOutOfDevpts) {
  map_users();
  add("/dev/pts", "devpts", "devpts", {"newinstance", "gid=5", "mode=620"});
  EXPECT_THAT(own_lines(), Contains(HasSubstr("new_mount devpts devpts newinstance,mode=620")));
  EXPECT_THAT(make().warnings, Contains(HasSubstr("gid=5 is left out")));
}

TEST_F(TreePlanTest, WithTheHostsNetworkSysfsHasASubstitute) {
  map_users();
  std::erase_if(bundle_.spec.linux_.namespaces, [](const auto& entry) { return entry.type == "network"; });
  add("/sys", "sysfs", "sysfs", {"ro"});
  EXPECT_THAT(own_lines(), Contains("monitor: open_tree /sys 1 1"));
  EXPECT_THAT(own_lines(), Contains(cat("new_mount sysfs sysfs - 3 ", MOUNT_ATTR_RDONLY, " 2")));
}

TEST_F(TreePlanTest, AnIdmappedBind) {
  add("/data", "", "/src", {"rbind", "ridmap"});
  bundle_.spec.mounts.back().uid_mappings = {{0, 1000, 10}, {10, 5000, 1}};
  bundle_.spec.mounts.back().gid_mappings = {{0, 2000, 10}};
  EXPECT_THAT(own_lines(), Contains("monitor: open_map 0 1000 10\n10 5000 1\n 0 2000 10\n - 0"));
  EXPECT_THAT(own_lines(), Contains("monitor: idmap 1 1 0"));
  bundle_.spec.mounts.back().gid_mappings.clear();
  EXPECT_THAT(refusal(), HasSubstr("/data: uidMappings and gidMappings come together"));
  bundle_.spec.mounts.back().uid_mappings.clear();
  EXPECT_THAT(refusal(), HasSubstr("/data: idmap without uidMappings needs a user namespace"));
}

TEST_F(TreePlanTest, DevicesOutsideDevAreMadeByPathAfterTheMounts) {
  bundle_.spec.linux_.devices = {{"b", "/data/disk", 7, 1, 0600, 10, 20}, {"p", "/data/pipe", 0, 0, 0622}};
  add("/data", "tmpfs", "tmpfs", {});
  const std::vector<std::string> expected = {
      cat("make_node /data/disk -1 ", static_cast<int64_t>(S_IFBLK | 0600), " 7 1 10 20"),
      cat("make_node /data/pipe -1 ", static_cast<int64_t>(S_IFIFO | 0622), " 0 0 0 0")};
  const auto all = own_lines();
  EXPECT_EQ(std::vector<std::string>(all.end() - 2, all.end()), expected);
}

TEST_F(TreePlanTest, WithoutAMountOnDevTheNodesAreMadeInTheRootsOwn) {
  bundle_.spec.mounts.clear();
  EXPECT_THAT(own_lines(), Contains(cat("make_node /dev/null -1 ", static_cast<int64_t>(S_IFCHR | 0666), " 1 3 0 0")));
  EXPECT_THAT(own_lines(), Contains("make_symlink /dev/ptmx pts/ptmx -1 1"));
}

TEST_F(TreePlanTest, AReadOnlyDevIsFilledFirst) {
  bundle_.spec.mounts = {mount("/dev", "tmpfs", "tmpfs", {"ro"}), mount("/dev/shm", "tmpfs", "shm", {})};
  const auto all = own_lines();
  const Plan made = make();
  const auto first =
      std::find_if(made.steps.begin(), made.steps.end(), [](const Step& s) { return s.op == Op::new_mount; });
  EXPECT_EQ(line_of(*first), "new_mount tmpfs tmpfs - /dev 1 0 0");
  EXPECT_THAT(all, Contains(HasSubstr("make_node console 1")));
  EXPECT_EQ(all.back(), cat("set_attributes 1 ", MOUNT_ATTR_RDONLY, " 0 0 0"));
}

TEST_F(TreePlanTest, PropagationOfTheRoot) {
  bundle_.spec.linux_.rootfs_propagation = "rshared";
  EXPECT_THAT(lines(), Contains(cat("root_propagation ", MS_REC | kShared)));
  bundle_.spec.linux_.rootfs_propagation = "private";
  EXPECT_THAT(lines(), Contains(cat("make_private ", MS_REC | kPrivate)));
  EXPECT_THAT(lines(), Not(Contains(HasSubstr("root_propagation"))));
  bundle_.spec.linux_.rootfs_propagation = "moon";
  EXPECT_THAT(refusal(), HasSubstr("rootfsPropagation=moon is not supported"));
}

class CgroupTreeTest : public TreePlanTest {
 protected:
  CgroupTreeTest() {
    facts_.cgroups.mode = linux::CgroupMode::v1;
    linux::CgroupHierarchy cpu, memory;
    cpu.controllers = {"cpu", "cpuacct"};
    cpu.mount_point = "/sys/fs/cgroup/cpu,cpuacct";
    memory.controllers = {"memory"};
    memory.mount_point = "/sys/fs/cgroup/memory";
    cpu.root = memory.root = "/";
    facts_.cgroups.hierarchies = {cpu, memory};
    add("/sys/fs/cgroup", "cgroup", "cgroup", {"ro", "nosuid"});
  }
};

TEST_F(CgroupTreeTest, WithItsNamespaceTheHierarchiesAreMountedAnew) {
  bundle_.spec.linux_.namespaces.push_back({"cgroup", ""});
  const int64_t attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID;
  const auto all = own_lines();
  EXPECT_THAT(all, Contains("make_symlink cpuacct cpu,cpuacct 2 0"));
  EXPECT_THAT(all, Contains(cat("new_mount cgroup cgroup cpu,cpuacct 3 ", attributes, " 0")));
  EXPECT_THAT(all, Contains("attach /sys/fs/cgroup/memory 4 1 0"));
}

TEST_F(CgroupTreeTest, WithoutItsNamespaceOurOwnDirectoriesAreShown) {
  const int64_t attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID;
  EXPECT_THAT(own_lines(), Contains(cat("open_cgroup /sys/fs/cgroup/memory / memory 4 ", attributes)));
}

TEST_F(CgroupTreeTest, OnVersionTwoThereIsOneMount) {
  facts_.cgroups.mode = linux::CgroupMode::v2;
  facts_.cgroups.hierarchies.resize(1);
  facts_.cgroups.hierarchies[0].version = 2;
  facts_.cgroups.hierarchies[0].mount_point = "/sys/fs/cgroup";
  EXPECT_THAT(own_lines(), Contains(cat("new_mount cgroup2 cgroup - 2 ", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, " 0")));
  facts_.cgroups.mode = linux::CgroupMode::none;
  EXPECT_THAT(make().warnings, Contains(HasSubstr("this host has no cgroups")));
}

TEST_F(TreePlanTest, RefusalsNameTheMount) {
  const Bundle good = bundle_;
  const auto expect = [&](const char* text, const oci::Mount& wrong) {
    bundle_ = good;
    bundle_.spec.mounts.push_back(wrong);
    EXPECT_THAT(refusal(), HasSubstr(text));
  };
  expect("/x: no type", mount("/x", "", "", {}));
  expect("/x: a bind mount needs a source", mount("/x", "bind", "", {}));
  expect("/x: only bind mounts can be idmapped", mount("/x", "tmpfs", "", {"idmap"}));
  expect("/x: the options are longer than the 4095 bytes", mount("/x", "overlay", "", {std::string(4096, 'o')}));
}

}  // namespace
}  // namespace minidock::runtime
