#include "engine/spec_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"

namespace minidock::engine {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using Words = std::vector<std::string>;

const std::string kId(64, 'a');
constexpr linux::CapabilityMask kEverything = (1ULL << 41) - 1;

ContainerConfig small_config() {
  ContainerConfig config;
  config.args = {"true"};
  return config;
}

ContainerPlace place() {
  return {kId,
          "/minidock-" + kId + "-0badcafe",
          "/root/containers/id",
          {"/layers/top", "/layers/bottom"},
          [](const std::string& name) { return "/root/volumes/" + name + "/_data"; },
          [](const std::string& name) { return "/root/volumes/" + name; },
          [](const MountOption&) {
            return Words{"/images/top", "/images/bottom"};
          }};
}

linux::HostFacts facts() {
  linux::HostFacts out;
  out.bounding = kEverything;
  out.hard_limits = {{"RLIMIT_NOFILE", 4096}};
  out.online_cpus = {0, 1};
  return out;
}

runtime::Bundle build(const ContainerConfig& config, Words* warnings = nullptr) {
  Words ignored;
  return build_bundle(config, place(), facts(), warnings != nullptr ? *warnings : ignored);
}

Words namespaces(const runtime::Bundle& bundle) {
  Words out;
  for (const auto& space : bundle.spec.linux_.namespaces) out.push_back(space.type);
  return out;
}

const oci::Mount* find_mount(const runtime::Bundle& bundle, const std::string& destination) {
  const auto& mounts = bundle.spec.mounts;
  const auto at = std::find_if(mounts.begin(), mounts.end(),
                               [&](const oci::Mount& mount) { return mount.destination == destination; });
  return at == mounts.end() ? nullptr : &*at;
}

Words destinations(const runtime::Bundle& bundle) {
  Words out;
  for (const auto& mount : bundle.spec.mounts) out.push_back(mount.destination);
  return out;
}

TEST(SpecBuilder, ADefaultContainer) {
  const runtime::Bundle bundle = build(small_config());
  const oci::Spec& spec = bundle.spec;
  EXPECT_THAT(namespaces(bundle), ElementsAre("mount", "pid", "uts", "ipc", "network", "cgroup"));
  EXPECT_EQ(spec.hostname, "aaaaaaaaaaaa");
  EXPECT_EQ(spec.linux_.cgroups_path, "/minidock-" + kId + "-0badcafe");
  EXPECT_EQ(spec.process.args, Words{"true"});
  EXPECT_EQ(spec.process.user.lookup, "");
  EXPECT_EQ(spec.process.cwd, "/");
  EXPECT_FALSE(spec.process.no_new_privileges);
  EXPECT_EQ(spec.linux_.resources.pids_limit, 2048);
  EXPECT_EQ(bundle.overlay->lowers, (Words{"/layers/top", "/layers/bottom"}));
  EXPECT_EQ(bundle.overlay->upper, "/root/containers/id/upper");
  EXPECT_EQ(bundle.overlay->work, "/root/containers/id/work");
  EXPECT_FALSE(bundle.overlay->discarded);
}

TEST(SpecBuilder, SystemMountsAreDockers) {
  const runtime::Bundle bundle = build(small_config());
  EXPECT_THAT(destinations(bundle), ElementsAre("/proc", "/dev", "/dev/pts", "/sys", "/sys/fs/cgroup", "/dev/mqueue",
                                                "/dev/shm", "/etc/resolv.conf", "/etc/hostname", "/etc/hosts"));
  EXPECT_THAT(find_mount(bundle, "/sys")->options, ElementsAre("nosuid", "noexec", "nodev", "ro"));
  EXPECT_THAT(find_mount(bundle, "/dev/shm")->options,
              ElementsAre("nosuid", "noexec", "nodev", "mode=1777", "size=67108864"));
  EXPECT_EQ(find_mount(bundle, "/etc/hosts")->source, "/root/containers/id/hosts");
}

TEST(SpecBuilder, CapabilitiesAreDockersFourteenAndNothingIsInherited) {
  const oci::Capabilities& capabilities = build(small_config()).spec.process.capabilities;
  EXPECT_EQ(capabilities.bounding.size(), 14u);
  EXPECT_THAT(capabilities.bounding, IsSupersetOf({"CAP_CHOWN", "CAP_MKNOD", "CAP_AUDIT_WRITE", "CAP_NET_RAW"}));
  EXPECT_EQ(capabilities.effective, capabilities.bounding);
  EXPECT_EQ(capabilities.permitted, capabilities.bounding);
  EXPECT_THAT(capabilities.inheritable, IsEmpty());
  EXPECT_THAT(capabilities.ambient, IsEmpty());
}

TEST(SpecBuilder, CapabilitiesNeverExceedWhatTheHostGrants) {
  linux::HostFacts poor = facts();
  poor.bounding = linux::capability_mask({"CAP_CHOWN", "CAP_SYS_ADMIN"});
  ContainerConfig config = small_config();
  EXPECT_EQ(granted_capabilities(config, poor), linux::capability_mask({"CAP_CHOWN"}));
  config.privileged = true;
  EXPECT_EQ(granted_capabilities(config, poor), poor.bounding);
  config.privileged = false;
  config.cap_drop = {"ALL"};
  EXPECT_EQ(granted_capabilities(config, facts()), 0u);
  config.cap_add = {"chown"};
  EXPECT_EQ(granted_capabilities(config, facts()), linux::capability_mask({"CAP_CHOWN"}));
}

TEST(SpecBuilder, HidesWhatTellsOfTheHost) {
  const oci::Linux& container = build(small_config()).spec.linux_;
  EXPECT_THAT(container.masked_paths,
              IsSupersetOf({"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
                            "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
                            "/proc/timer_stats", "/sys/firmware", "/sys/devices/virtual/powercap", "/sys/fs/selinux",
                            "/sys/dev/block", "/sys/devices/system/cpu/cpu1/thermal_throttle"}));
  EXPECT_THAT(container.readonly_paths,
              ElementsAre("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"));
  ContainerConfig open = small_config();
  open.security_options = {"systempaths=unconfined", "no-new-privileges=true"};
  EXPECT_THAT(build(open).spec.linux_.masked_paths, IsEmpty());
  EXPECT_THAT(build(open).spec.linux_.readonly_paths, IsEmpty());
  EXPECT_TRUE(build(open).spec.process.no_new_privileges);
}

TEST(SpecBuilder, RulesForDevicesFollowTheDefaultOnes) {
  ContainerConfig config = small_config();
  config.device_rules = {"c 10:* rw"};
  config.annotations = {{"a", "b"}};
  const oci::Spec spec = build(config).spec;
  const oci::DeviceRule& rule = spec.linux_.resources.devices.back();
  EXPECT_TRUE(rule.allow);
  EXPECT_EQ(rule.type, "c");
  EXPECT_EQ(rule.major, 10);
  EXPECT_EQ(rule.minor, std::nullopt);
  EXPECT_EQ(rule.access, "rw");
  EXPECT_EQ(spec.annotations.at("a"), "b");
}

TEST(SpecBuilder, LimitsOfDisksNeedADisk) {
  ContainerConfig config = small_config();
  config.block_read_bytes = {"/dev/null:1"};
  EXPECT_THROW(build(config), Error);
  config.block_read_bytes = {"/dev/no such disk:1"};
  EXPECT_THROW(build(config), Error);
}

TEST(SpecBuilder, Privileged) {
  ContainerConfig config = small_config();
  config.privileged = true;
  const runtime::Bundle bundle = build(config);
  EXPECT_EQ(bundle.spec.process.capabilities.effective.size(), 41u);
  EXPECT_THAT(bundle.spec.linux_.masked_paths, IsEmpty());
  EXPECT_THAT(find_mount(bundle, "/sys")->options, Not(Contains("ro")));
  EXPECT_THAT(find_mount(bundle, "/sys/fs/cgroup")->options, Not(Contains("ro")));
  ASSERT_EQ(bundle.spec.linux_.resources.devices.size(), 1u);
  EXPECT_TRUE(bundle.spec.linux_.resources.devices[0].allow);
  EXPECT_EQ(bundle.spec.linux_.resources.devices[0].type, "a");
  EXPECT_EQ(seccomp_filter(config, 0, "/nonexistent"), "") << "no filter, so no cache is touched";
}

TEST(SpecBuilder, UserMountsComeParentsFirstAndReplaceTheSystems) {
  ContainerConfig config = small_config();
  config.mounts = {
      {.type = "bind", .source = "/src", .target = "/data/cache/x", .read_only = true},
      {.type = "volume", .source = "vol", .target = "/data//"},
      {.type = "tmpfs", .target = "/dev/shm", .options = {"size=1m", "exec"}},
      {.type = "volume", .source = "raw", .target = "/raw", .no_copy = true},
      {.type = "bind", .source = "/h", .target = "/etc/hosts", .propagation = "rslave"},
  };
  const runtime::Bundle bundle = build(config);
  EXPECT_THAT(destinations(bundle),
              ElementsAre("/proc", "/dev", "/dev/pts", "/sys", "/sys/fs/cgroup", "/dev/mqueue", "/data", "/raw",
                          "/dev/shm", "/etc/hosts", "/data/cache/x", "/etc/resolv.conf", "/etc/hostname"));
  EXPECT_EQ(find_mount(bundle, "/data")->source, "/root/volumes/vol/_data");
  EXPECT_THAT(find_mount(bundle, "/data")->options, ElementsAre("rbind", "rprivate"));
  EXPECT_THAT(find_mount(bundle, "/data/cache/x")->options, ElementsAre("rbind", "rprivate", "rro"));
  EXPECT_THAT(find_mount(bundle, "/dev/shm")->options, ElementsAre("noexec", "nosuid", "nodev", "size=1m", "exec"));
  EXPECT_THAT(find_mount(bundle, "/etc/hosts")->options, ElementsAre("rbind", "rslave"));
  EXPECT_TRUE(bundle.bind_extras.at("/data").copy_up);
  EXPECT_EQ(bundle.bind_extras.at("/data").copy_place, "/root/volumes/vol");
  EXPECT_FALSE(bundle.bind_extras.at("/raw").copy_up);
  EXPECT_FALSE(bundle.bind_extras.at("/etc/hosts").copy_up);
}

TEST(SpecBuilder, HowFarABindReaches) {
  ContainerConfig config = small_config();
  config.mounts = {
      {.type = "bind", .source = "/a", .target = "/a", .read_only = true, .recursion = "disabled"},
      {.type = "bind", .source = "/b", .target = "/b", .read_only = true, .recursion = "writable"},
      {.type = "bind", .source = "/c", .target = "/c", .read_only = true, .recursion = "readonly"},
      {.type = "bind", .source = "/d", .target = "/d", .id_map = "uids=0-1000-1", .options = {"nosuid"}},
  };
  const runtime::Bundle bundle = build(config);
  EXPECT_THAT(find_mount(bundle, "/a")->options, ElementsAre("bind", "rprivate", "ro"));
  EXPECT_THAT(find_mount(bundle, "/b")->options, ElementsAre("rbind", "rprivate", "ro"));
  EXPECT_THAT(find_mount(bundle, "/c")->options, ElementsAre("rbind", "rprivate", "rro"));
  EXPECT_THAT(find_mount(bundle, "/d")->options, ElementsAre("rbind", "rprivate", "nosuid", "ridmap"));
  EXPECT_THAT(find_mount(bundle, "/d")->uid_mappings, ElementsAre(oci::IdMapping{0, 1000, 1}));
  EXPECT_THAT(find_mount(bundle, "/d")->gid_mappings, ElementsAre(oci::IdMapping{0, 1000, 1}));
}

TEST(SpecBuilder, WhatIsThrownAwayLiesAboveItsSource) {
  ContainerConfig config = small_config();
  config.mounts = {{.type = "tmpfs", .target = "/t"},
                   {.type = "volume", .source = "vol", .target = "/o", .overlay = true},
                   {.type = "image", .source = "two", .target = "/i", .read_only = true, .subpath = "etc"}};
  const runtime::Bundle bundle = build(config);
  const runtime::BindExtra& over = bundle.bind_extras.at("/o");
  EXPECT_THAT(over.overlay->lowers, ElementsAre("/root/volumes/vol/_data"));
  EXPECT_EQ(over.overlay->upper, "/root/containers/id/overlay.1/upper");
  EXPECT_TRUE(over.overlay->discarded);
  const runtime::BindExtra& image = bundle.bind_extras.at("/i");
  EXPECT_THAT(image.overlay->lowers, ElementsAre("/images/top", "/images/bottom"));
  EXPECT_EQ(image.overlay->upper, "");
  EXPECT_EQ(image.subpath, "etc");
  EXPECT_EQ(bundle.bind_extras.count("/t"), 0U);
}

TEST(SpecBuilder, SharedNamespacesOfTheHost) {
  ContainerConfig config = small_config();
  config.network = config.pid_mode = config.ipc_mode = config.uts_mode = config.cgroupns_mode = "host";
  const runtime::Bundle bundle = build(config);
  EXPECT_THAT(namespaces(bundle), ElementsAre("mount"));
  EXPECT_EQ(bundle.spec.hostname, "");
  EXPECT_THAT(bundle.spec.linux_.sysctl, IsEmpty()) << "they would change the host's network";
  EXPECT_EQ(find_mount(bundle, "/dev/shm")->type, "bind");
}

TEST(SpecBuilder, NetworkSysctlsOfAPrivateNetwork) {
  ContainerConfig config = small_config();
  config.sysctls = {{"net.ipv4.ip_unprivileged_port_start", "1024"}, {"kernel.msgmax", "1"}};
  const auto& sysctl = build(config).spec.linux_.sysctl;
  EXPECT_EQ(sysctl.at("net.ipv4.ip_unprivileged_port_start"), "1024") << "the user's word wins";
  EXPECT_EQ(sysctl.at("net.ipv4.ping_group_range"), "0 2147483647");
  EXPECT_EQ(sysctl.at("kernel.msgmax"), "1");
}

TEST(SpecBuilder, OpenFilesAreSetAlwaysAndStayBelowTheHardLimit) {
  const auto limits = [](const ContainerConfig& config, const linux::HostFacts& host) {
    std::map<std::string, std::pair<uint64_t, uint64_t>> out;
    for (const oci::Rlimit& limit : build_rlimits(config, host)) out[limit.type] = {limit.soft, limit.hard};
    return out;
  };
  using Pair = std::pair<uint64_t, uint64_t>;
  ContainerConfig config = small_config();
  EXPECT_EQ(limits(config, facts()).at("RLIMIT_NOFILE"), Pair(4096, 4096));
  linux::HostFacts free = facts();
  free.can_raise_limits = true;
  EXPECT_EQ(limits(config, free).at("RLIMIT_NOFILE"), Pair(1048576, 1048576));
  config.ulimits = {{"nofile", 10, 20}, {"core", -1, -1}};
  EXPECT_EQ(limits(config, facts()).at("RLIMIT_NOFILE"), Pair(10, 20));
  EXPECT_EQ(limits(config, facts()).at("RLIMIT_CORE"), Pair(UINT64_MAX, UINT64_MAX));
  config.ulimits = {{"foo", 1, 1}};
  EXPECT_THROW(build_rlimits(config, facts()), Error);
}

TEST(SpecBuilder, LimitsAsAsked) {
  ContainerConfig config = small_config();
  config.resources.pids_limit = -1;
  config.resources.memory_limit = 0;
  EXPECT_EQ(build_resources(config).pids_limit, -1) << "off is the user's right";
  config.resources.pids_limit = 0;
  EXPECT_EQ(build_resources(config).pids_limit, -1) << "docker's 0 is no limit";
  EXPECT_EQ(build_resources(config).memory_limit, std::nullopt) << "0 means none";
}

TEST(SpecBuilder, WarnsOfWhatTheUserDoesNotGet) {
  ContainerConfig config = small_config();
  config.oom_score_adj = -500;
  config.image_defaults.env = {"SECRET"};
  Words warnings;
  const runtime::Bundle bundle = build(config, &warnings);
  EXPECT_EQ(warnings.size(), 2u);
  EXPECT_EQ(bundle.spec.process.oom_score_adj, std::nullopt);
  EXPECT_THAT(bundle.spec.process.env, Not(Contains("SECRET")));
}

TEST(SpecBuilder, DevicesBecomeNodesAndRules) {
  ContainerConfig config = small_config();
  const size_t defaults = build_resources(config).devices.size();
  config.devices = {"/dev/zero:/dev/nought:r"};
  const oci::Linux& container = build(config).spec.linux_;
  ASSERT_EQ(container.devices.size(), 1u);
  EXPECT_EQ(container.devices[0].path, "/dev/nought");
  EXPECT_EQ(container.devices[0].major, 1);
  EXPECT_EQ(container.devices[0].minor, 5);
  ASSERT_EQ(container.resources.devices.size(), defaults + 1);
  EXPECT_EQ(container.resources.devices.back().access, "r");
  for (const char* bad : {"/dev/none-such", "/etc/passwd", "/dev/zero:/dev/z:x", "/dev/zero:a:r:w"}) {
    config.devices = {bad};
    EXPECT_THROW(build(config), Error) << bad;
  }
}

TEST(SpecBuilder, TerminalInitAndReadOnlyRoot) {
  ContainerConfig config = small_config();
  config.tty = config.init = config.read_only = config.auto_remove = true;
  config.rows = 24;
  config.columns = 80;
  config.add_groups = {"audio"};
  config.user = "me:us";
  const runtime::Bundle bundle = build(config);
  EXPECT_TRUE(bundle.spec.process.terminal);
  EXPECT_EQ(bundle.spec.process.columns, 80);
  EXPECT_THAT(bundle.spec.process.env, Contains("TERM=xterm"));
  EXPECT_TRUE(bundle.use_init);
  EXPECT_TRUE(bundle.spec.root_readonly);
  EXPECT_TRUE(bundle.overlay->discarded);
  EXPECT_EQ(bundle.spec.process.user.lookup, "me:us");
  EXPECT_EQ(bundle.spec.process.user.add_groups, Words{"audio"});
}

}  // namespace
}  // namespace minidock::engine
