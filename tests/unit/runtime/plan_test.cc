// Plans are pure: no root, no kernel.
#include "runtime/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>

#include "runtime/wire.h"
#include "support/refusal.h"

namespace minidock::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class PlanTest : public ::testing::Test {
 protected:
  PlanTest() {
    for (const char* type : {"pid", "network", "mount", "ipc", "uts", "cgroup"})
      bundle_.spec.linux_.namespaces.push_back({type, ""});
    bundle_.spec.hostname = "box";
    bundle_.spec.process.args = {"true"};
    bundle_.spec.process.env = {"A=b"};
    bundle_.spec.process.user.lookup = "";
    bundle_.spec.mounts = {{"/proc", "proc", "proc", {"nosuid"}}, {"/dev", "tmpfs", "tmpfs", {"mode=755"}}};
    bundle_.overlay = Overlay{{"/l2", "/l1"}, "/u", "/w", true};
    bundle_.seccomp_filter = std::string(16, 'f');
    facts_.bounding = ~0ULL >> 23;
    facts_.hard_limits["RLIMIT_NOFILE"] = 4096;
  }

  Plan make() const { return plan(bundle_, facts_); }
  size_t index(const Plan& plan, Op op) const {
    return static_cast<size_t>(
        std::find_if(plan.steps.begin(), plan.steps.end(), [&](const Step& step) { return step.op == op; }) -
        plan.steps.begin());
  }
  const Step& step(const Plan& plan, Op op) const { return plan.steps.at(index(plan, op)); }
  std::string refusal() const {
    return refusal_of([this] { make(); });
  }

  Bundle bundle_;
  linux::HostFacts facts_;
};

TEST_F(PlanTest, TheSameInputGivesTheSamePlan) {
  EXPECT_EQ(encode(make()), encode(make()));
}

TEST_F(PlanTest, StepsComeInTheOrderThatSecurityAsksFor) {
  const Plan plan = make();
  const Op order[] = {Op::clone,       Op::unshare,         Op::hostname,     Op::make_private, Op::overlay,
                      Op::attach_root, Op::new_mount,       Op::attach,       Op::pivot,        Op::identity,
                      Op::workdir,     Op::streams,         Op::bounding_set, Op::become_user,  Op::find_command,
                      Op::seccomp,     Op::capability_sets, Op::environment,  Op::execute};
  for (size_t i = 1; i < std::size(order); ++i) EXPECT_LT(index(plan, order[i - 1]), index(plan, order[i])) << i;
}

TEST_F(PlanTest, WithNoNewPrivilegesTheFilterComesLast) {
  bundle_.spec.process.no_new_privileges = true;
  const Plan plan = make();
  EXPECT_LT(index(plan, Op::capability_sets), index(plan, Op::no_new_privileges));
  EXPECT_LT(index(plan, Op::no_new_privileges), index(plan, Op::seccomp));
}

// What is not the container's alone outlives it.
TEST_F(PlanTest, OnlyItsOwnCgroupGoesWithTheContainer) {
  linux::CgroupHierarchy unified;
  unified.version = 2;
  unified.mount_point = "/cg";
  facts_.cgroups.mode = linux::CgroupMode::v2;
  facts_.cgroups.hierarchies = {unified};
  const auto owners = [this] {
    std::vector<std::pair<std::string, CgroupOwner>> out;
    for (const Step& one : make().steps) {
      if (one.op == Op::cgroup_create) out.push_back({one.texts[0], static_cast<CgroupOwner>(one.numbers[0])});
    }
    return out;
  };
  bundle_.spec.linux_.cgroups_path = "/web/one";
  EXPECT_THAT(owners(), ElementsAre(Pair("/cg/web", CgroupOwner::others), Pair("/cg/web/one", CgroupOwner::container)));
  bundle_.spec.linux_.cgroups_path = "/m.slice/one.scope/container";
  bundle_.cgroup_unit = "/m.slice/one.scope";
  EXPECT_THAT(owners(),
              ElementsAre(Pair("/cg/m.slice", CgroupOwner::others), Pair("/cg/m.slice/one.scope", CgroupOwner::unit),
                          Pair("/cg/m.slice/one.scope/container", CgroupOwner::container)));
}

TEST_F(PlanTest, CloneMakesAllButTheCgroupNamespace) {
  EXPECT_EQ(step(make(), Op::clone).numbers.at(0),
            CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS);
  EXPECT_EQ(step(make(), Op::unshare).numbers.at(0), CLONE_NEWCGROUP);
}

TEST_F(PlanTest, OverlayListsLayersTopmostFirst) {
  EXPECT_EQ(step(make(), Op::overlay).texts, (std::vector<std::string>{"/u", "/w", "/l2", "/l1"}));
  EXPECT_EQ(step(make(), Op::overlay).numbers.at(2), 1);
}

TEST_F(PlanTest, LimitsOverTheHardLimitAreClampedWithAWarning) {
  bundle_.spec.process.rlimits = {{"RLIMIT_NOFILE", 8192, 1048576}};
  const Plan plan = make();
  EXPECT_EQ(step(plan, Op::rlimit).numbers, (std::vector<int64_t>{7, 4096, 4096}));
  ASSERT_EQ(plan.warnings.size(), 1u);
  EXPECT_THAT(plan.warnings[0], HasSubstr("ulimit nofile: 1048576"));
  facts_.can_raise_limits = true;
  EXPECT_EQ(step(make(), Op::rlimit).numbers, (std::vector<int64_t>{7, 8192, 1048576}));
}

TEST_F(PlanTest, CapabilitiesStayWithinTheBoundingSet) {
  bundle_.spec.process.capabilities.effective = {"CAP_CHOWN", "CAP_SYS_RESOURCE"};
  facts_.bounding = 1;
  EXPECT_EQ(step(make(), Op::capability_sets).numbers.at(0), 1);
}

TEST_F(PlanTest, RefusalsNameTheField) {
  const Bundle good = bundle_;
  const auto expect = [&](const char* text, auto change) {
    bundle_ = good;
    change(bundle_.spec);
    EXPECT_THAT(refusal(), HasSubstr(text));
  };
  expect("no command specified", [](oci::Spec& spec) { spec.process.args.clear(); });
  expect("the working directory 'rel' is invalid, it needs to be an absolute path",
         [](oci::Spec& spec) { spec.process.cwd = "rel"; });
  expect("invalid environment variable: =x", [](oci::Spec& spec) { spec.process.env = {"=x"}; });
  expect("newline", [](oci::Spec& spec) { spec.process.env = {"HOME=/a\nroot"}; });
  expect("given twice", [](oci::Spec& spec) { spec.linux_.namespaces.push_back({"pid", ""}); });
  expect("unknown type", [](oci::Spec& spec) { spec.linux_.namespaces.push_back({"moon", ""}); });
  expect("needs its own mount namespace", [](oci::Spec& spec) {
    std::erase_if(spec.linux_.namespaces, [](const auto& entry) { return entry.type == "mount"; });
  });
  expect("mount path must be absolute", [](oci::Spec& spec) { spec.mounts.push_back({"rel", "tmpfs", "", {}}); });
  expect("destination can't be '/'", [](oci::Spec& spec) { spec.mounts.push_back({"/", "tmpfs", "", {}}); });
  expect("sysctl 'kernel.core_pattern' is not allowed",
         [](oci::Spec& spec) { spec.linux_.sysctl["kernel.core_pattern"] = "x"; });
  expect("not allowed", [](oci::Spec& spec) { spec.linux_.sysctl["kernel.shm_rmid_forced=1+kernel.x"] = "x"; });
  expect("invalid ulimit type", [](oci::Spec& spec) { spec.process.rlimits = {{"RLIMIT_FOO", 1, 1}}; });
  expect("AppArmor is not active", [](oci::Spec& spec) { spec.process.apparmor_profile = "p"; });
  expect("unknown type \"x\"", [](oci::Spec& spec) { spec.linux_.devices = {{"x", "/dev/x", 1, 3}}; });
  expect("devices: dev/x: must be absolute", [](oci::Spec& spec) { spec.linux_.devices = {{"c", "dev/x", 1, 3}}; });
}

TEST_F(PlanTest, ExplainTellsEveryStepInOrderWithItsWhy) {
  const Plan plan = make();
  const std::string text = explain(plan);
  size_t at = 0;
  for (const Step& step : plan.steps) {
    at = text.find(step.name, at);
    ASSERT_NE(at, std::string::npos) << step.name;
    EXPECT_FALSE(step.why.empty()) << step.name;
  }
  EXPECT_THAT(text, HasSubstr("pivot_root"));
}

TEST_F(PlanTest, RecordsReadBackAsWritten) {
  const Plan plan = make();
  const std::string bytes = encode(plan);
  RecordView record(bytes.data(), bytes.data() + bytes.size());
  for (const Step& step : plan.steps) {
    ASSERT_TRUE(record.valid());
    EXPECT_EQ(record.op(), step.op);
    EXPECT_EQ(record.stage(), step.stage);
    EXPECT_EQ(record.name(), step.name);
    ASSERT_EQ(record.text_count(), step.texts.size());
    for (uint32_t i = 0; i < step.texts.size(); ++i) {
      uint32_t length = 0;
      const char* text = record.text(i, &length);
      EXPECT_EQ(std::string(text, length), step.texts[i]);
    }
    ASSERT_EQ(record.number_count(), step.numbers.size());
    for (uint32_t i = 0; i < step.numbers.size(); ++i) EXPECT_EQ(record.number(i), step.numbers[i]);
    record = record.next();
  }
  EXPECT_FALSE(record.valid());
}

TEST_F(PlanTest, ATruncatedRecordIsNotRead) {
  const std::string bytes = encode(make());
  EXPECT_FALSE(RecordView(bytes.data(), bytes.data() + 20).valid());
}

}  // namespace
}  // namespace minidock::runtime
