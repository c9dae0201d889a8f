// Transient scopes of the running system manager; skipped where there is none, as in the sandbox.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "base/text.h"
#include "linux/cgroup_apply.h"
#include "linux/cgroup_processes.h"
#include "linux/cgroup_update.h"
#include "linux/systemd_bus.h"

namespace minidock::linux {
namespace {

using testing::ElementsAre;

class Systemd : public testing::Test {
 protected:
  void SetUp() override {
    if (!exists_at(AT_FDCWD, "/run/systemd/system")) GTEST_SKIP() << "needs a host booted with systemd";
    layout_ = read_cgroup_layout();
    place_ = parse_systemd_place(cat("minidock-test.slice:minidock:", random_hex(6)), "");
    child_ = ::fork();
    if (child_ == 0) {
      for (;;) ::pause();
    }
  }
  void TearDown() override {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }

  CgroupLayout layout_;
  SystemdPlace place_;
  pid_t child_ = -1;
};

ErrorKind kind_of(auto call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::internal;
}

TEST(SystemdAbsent, IsSaid) {
  if (exists_at(AT_FDCWD, "/run/systemd/system")) GTEST_SKIP() << "this host was booted with systemd";
  EXPECT_EQ(kind_of([] { SystemBus::open(); }), ErrorKind::unsupported);
}

TEST_F(Systemd, AScopeHoldsTheProcessAndItsLimits) {
  SystemBus bus = SystemBus::open();
  EXPECT_GE(bus.version(), 240);
  oci::Resources resources;
  resources.memory_limit = 64 << 20;
  resources.pids_limit = 30;
  resources.cpu_shares = 512;
  resources.cpu_quota = 50'000;
  resources.cpuset_cpus = "0";
  const int version = layout_.unified() ? 2 : 1;
  std::vector<UnitProperty> properties = unit_properties(version, resources, bus.version());
  for (UnitProperty& one : device_properties({})) properties.push_back(std::move(one));
  for (UnitProperty& one : annotated_properties({{"org.systemd.property.TimeoutStopSec", "7"},
                                                 {"org.systemd.property.CollectMode", "'inactive-or-failed'"}}))
    properties.push_back(std::move(one));
  bus.start_scope(place_, child_, properties, true);
  EXPECT_THAT(cgroup_processes(layout_, place_.cgroup_path), ElementsAre(child_));
  EXPECT_EQ(read_cgroup_current(layout_, place_.cgroup_path).memory_limit, 64 << 20);
  EXPECT_EQ(kind_of([&] { bus.start_scope(place_, child_, {}, true); }), ErrorKind::conflict);

  // Our own writes go beside systemd's.
  read_cgroup_parents(layout_, place_.cgroup_path);
  apply_cgroup_plan(plan_cgroup(layout_, place_.cgroup_path, resources, CgroupScope::all));
  oci::Resources change;
  change.memory_limit = 32 << 20;
  bus.set_properties(place_.unit, unit_properties(version, change, bus.version()));
  EXPECT_EQ(read_cgroup_current(layout_, place_.cgroup_path).memory_limit, 32 << 20);

  bus.stop_unit(place_.unit);
  int status = 0;
  EXPECT_EQ(::waitpid(child_, &status, 0), child_);
  EXPECT_TRUE(WIFSIGNALED(status)) << "stopped with its unit";
  child_ = -1;
  EXPECT_TRUE(find_cgroups(layout_, place_.cgroup_path).empty());
  bus.stop_unit(place_.unit);
  EXPECT_EQ(kind_of([&] { bus.set_properties(place_.unit, unit_properties(version, change, 0)); }),
            ErrorKind::not_found);
}

TEST_F(Systemd, RefusalsAreItsOwnWords) {
  SystemBus bus = SystemBus::open();
  try {
    bus.start_scope(place_, child_, {{"NoSuchProperty", true}}, true);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("NoSuchProperty"));
  }
  EXPECT_TRUE(find_cgroups(layout_, place_.cgroup_path).empty());
}

}  // namespace
}  // namespace minidock::linux
