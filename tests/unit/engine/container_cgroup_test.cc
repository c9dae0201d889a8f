#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/container_cgroup.h"
#include "unit/linux/cgroup_texts.h"

namespace minidock::engine {
namespace {

using testing::IsEmpty;

std::string refusal(const std::string& parent) {
  try {
    plan_cgroup_place("minidock-1-s", parent, true);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ContainerCgroup, WithoutSystemdAParentIsAPathBelowTheTop) {
  EXPECT_EQ(plan_cgroup_place("minidock-1-s", "", false).path, "/minidock-1-s");
  EXPECT_EQ(plan_cgroup_place("minidock-1-s", "/", false).path, "/minidock-1-s");
  for (const char* parent : {"/web/front", "web/front", "/web//front/", "/../web/./front"}) {
    EXPECT_EQ(plan_cgroup_place("minidock-1-s", parent, false).path, "/web/front/minidock-1-s") << parent;
  }
  EXPECT_FALSE(plan_cgroup_place("minidock-1-s", "/web", false).unit);
}

TEST(ContainerCgroup, WithSystemdItIsInADelegatedScope) {
  const CgroupPlace place = plan_cgroup_place("minidock-1-s", "", true);
  EXPECT_EQ(place.path, "/minidock.slice/minidock-1-s.scope/container");
  EXPECT_EQ(place.unit->unit, "minidock-1-s.scope");
  EXPECT_EQ(place.unit->slice, "minidock.slice");
  EXPECT_EQ(unit_cgroup(place.path), "/minidock.slice/minidock-1-s.scope");
  EXPECT_EQ(plan_cgroup_place("minidock-1-s", "a-b.slice", true).path,
            "/a.slice/a-b.slice/minidock-1-s.scope/container");
}

TEST(ContainerCgroup, WithSystemdAParentIsASlice) {
  for (const char* parent : {"/web", "web", ".slice", "web.slice/x"}) {
    EXPECT_EQ(refusal(parent), "cgroup-parent for systemd cgroup should be a valid slice named as \"xxx.slice\"")
        << parent;
  }
  EXPECT_NE(refusal("a--b.slice"), "");
}

TEST(ContainerCgroup, AParentNamedContainerIsNoScope) {
  EXPECT_EQ(unit_cgroup("/a/container"), "");
  EXPECT_EQ(unit_cgroup("/minidock-1-s"), "");
}

TEST(ContainerCgroup, TheMonitorIsBesideTheContainerOnV2AndInTheScopeElsewhere) {
  const std::string path = plan_cgroup_place("minidock-1-s", "", true).path;
  const std::string scope = "/minidock.slice/minidock-1-s.scope";
  EXPECT_EQ(monitor_cgroup(linux::v2_host(), path), "/sys/fs/cgroup" + scope + "/monitor");
  EXPECT_EQ(monitor_cgroup(linux::hybrid_host(), path), "/sys/fs/cgroup/unified" + scope);
  EXPECT_EQ(monitor_cgroup(linux::v1_host(), path), "/sys/fs/cgroup/systemd" + scope);
  EXPECT_EQ(monitor_cgroup(linux::v2_host(), "/minidock-1-s"), "");
}

TEST(ContainerCgroup, SystemdIsAskedUnlessThisProcessIsInThatScope) {
  const CgroupPlace place = plan_cgroup_place("minidock-1-s", "", true);
  const auto asks = [&](const char* self) {
    monitor::LaunchRequest request;
    add_unit(linux::v2_host(self), place, request);
    EXPECT_EQ(request.own_cgroup, "/sys/fs/cgroup/minidock.slice/minidock-1-s.scope/monitor");
    return request.unit.has_value();
  };
  EXPECT_TRUE(asks("0::/user.slice/user-0.slice/session-1.scope\n"));
  EXPECT_TRUE(asks("0::/minidock.slice/minidock-1-s.scope2\n"));
  EXPECT_FALSE(asks("0::/minidock.slice/minidock-1-s.scope/monitor\n"));
  monitor::LaunchRequest request;
  add_unit(linux::v2_host(), plan_cgroup_place("minidock-1-s", "/web", false), request);
  EXPECT_FALSE(request.unit);
  EXPECT_THAT(request.own_cgroup, IsEmpty());
}

// What is above the scope is systemd's: only the scope itself is told to hand controllers down.
TEST(ContainerCgroup, OnlyTheScopeIsWrittenTo) {
  const CgroupPlace place = plan_cgroup_place("minidock-1-s", "", true);
  linux::CgroupLayout layout = linux::v2_host();
  read_parents(layout, place);
  const linux::CgroupPlan plan = linux::plan_cgroup(layout, place.path, {});
  ASSERT_EQ(plan.before.size(), 1U);
  EXPECT_EQ(plan.before[0].directory, "/sys/fs/cgroup/minidock.slice/minidock-1-s.scope");
  EXPECT_EQ(plan.before[0].value, "+memory +pids");
  EXPECT_EQ(plan.v2_directory, "/sys/fs/cgroup" + place.path);
}

}  // namespace
}  // namespace minidock::engine
