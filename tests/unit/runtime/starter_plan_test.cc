// Plans of the OCI runtime: of a bundle that is created and later started, and of a process that joins a container.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>

#include "runtime/plan.h"
#include "support/refusal.h"

namespace minidock::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<Op> ops(const Plan& plan, Stage stage) {
  std::vector<Op> out;
  for (const Step& step : plan.steps) {
    if (step.stage == stage) out.push_back(step.op);
  }
  return out;
}

size_t position(const std::vector<Op>& all, Op op) {
  const auto found = std::find(all.begin(), all.end(), op);
  EXPECT_NE(found, all.end()) << "no step " << static_cast<int>(op);
  return static_cast<size_t>(found - all.begin());
}

const Step& step_of(const Plan& plan, Op op) {
  return *std::find_if(plan.steps.begin(), plan.steps.end(), [&](const Step& step) { return step.op == op; });
}

class StarterPlanTest : public ::testing::Test {
 protected:
  StarterPlanTest() {
    for (const char* type : {"pid", "network", "mount", "ipc", "uts"})
      bundle_.spec.linux_.namespaces.push_back({type, ""});
    bundle_.launcher = Launcher::starter;
    bundle_.gated = true;
    bundle_.spec.has_process = true;
    bundle_.spec.process.args = {"true"};
    bundle_.spec.root_path = "/bundle/rootfs";
    bundle_.spec.mounts = {{"/proc", "proc", "proc", {}, {}, {}}};
    facts_.bounding = ~0ULL >> 23;
  }

  void join(const std::string& type, const std::string& path) {
    for (oci::Namespace& entry : bundle_.spec.linux_.namespaces) {
      if (entry.type == type) {
        entry.path = path;
        return;
      }
    }
    bundle_.spec.linux_.namespaces.push_back({type, path});
  }

  void map_users() {
    join("user", "");
    bundle_.spec.linux_.uid_mappings = bundle_.spec.linux_.gid_mappings = {{0, 100000, 65536}};
  }

  std::string refusal() const {
    return refusal_of([this] { plan(bundle_, facts_); });
  }

  Bundle bundle_;
  linux::HostFacts facts_;
};

TEST_F(StarterPlanTest, TheGateComesAfterTheCommandIsFoundAndBeforeTheFilter) {
  bundle_.seccomp_filter = std::string(16, 'f');
  const std::vector<Op> init = ops(plan(bundle_, facts_), Stage::init);
  EXPECT_LT(position(init, Op::find_command), position(init, Op::gate));
  EXPECT_LT(position(init, Op::gate), position(init, Op::seccomp));
  EXPECT_EQ(init.back(), Op::execute);
}

TEST_F(StarterPlanTest, WithoutAProcessTheGateIsTheLastStep) {
  bundle_.spec.has_process = false;
  bundle_.spec.process.args.clear();
  EXPECT_EQ(ops(plan(bundle_, facts_), Stage::init).back(), Op::gate);
}

TEST_F(StarterPlanTest, NamespacesAreOpenedBeforeTheFirstIsEnteredAndTheMountNamespaceIsLast) {
  join("network", "/run/netns/a");
  join("mount", "/proc/7/ns/mnt");
  join("user", "/proc/7/ns/user");
  const Plan result = plan(bundle_, facts_);
  std::vector<Op> before = ops(result, Stage::monitor);
  // What root of the user namespace could not open comes first of all: see tree_plan_test.cc.
  std::erase_if(before, [](Op op) { return op == Op::open_tree || op == Op::set_attributes; });
  EXPECT_THAT(before, ElementsAre(Op::host_proc, Op::open_namespace, Op::open_namespace, Op::open_namespace,
                                  Op::join_namespace, Op::join_namespace, Op::join_namespace, Op::clone));
  std::vector<int64_t> types;
  for (const Step& step : result.steps) {
    if (step.op == Op::join_namespace) types.push_back(step.numbers.at(0));
  }
  EXPECT_THAT(types, ElementsAre(CLONE_NEWNET, CLONE_NEWUSER, CLONE_NEWNS));
  EXPECT_EQ(step_of(result, Op::clone).numbers.at(0), CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS);
}

TEST_F(StarterPlanTest, ANewUserNamespaceIsMappedBeforeAnythingElse) {
  map_users();
  const std::vector<Op> init = ops(plan(bundle_, facts_), Stage::init);
  EXPECT_EQ(init.at(0), Op::sync);
  EXPECT_EQ(init.at(1), Op::become_root);
}

TEST_F(StarterPlanTest, HooksRunOnceTheMountsAreThereAndBeforeTheRootIsEntered) {
  bundle_.spec.hooks["createRuntime"] = {{"/h/runtime", {}, {}, {}}};
  bundle_.spec.hooks["createContainer"] = {{"/h/container", {"h", "x"}, {"A=b"}, 3}};
  bundle_.spec.hooks["startContainer"] = {{"/h/start", {}, {}, {}}};
  const Plan result = plan(bundle_, facts_);
  const std::vector<Op> init = ops(result, Stage::init);
  EXPECT_LT(position(init, Op::attach), position(init, Op::sync));
  EXPECT_EQ(position(init, Op::sync) + 1, position(init, Op::hook));
  EXPECT_LT(position(init, Op::hook), position(init, Op::pivot));
  EXPECT_EQ(init.at(position(init, Op::environment) - 1), Op::hook);
  const Step& hook = step_of(result, Op::hook);
  EXPECT_THAT(hook.texts, ElementsAre("createContainer hook #0", "/h/container", "h", "x", "A=b"));
  EXPECT_THAT(hook.numbers, ElementsAre(3, 2, 1, 0));
}

TEST_F(StarterPlanTest, AHookInTheContainerHasTheCommandsRightsAndItsEnvironmentWhereItHasNone) {
  bundle_.spec.hooks["startContainer"] = {{"/h/start", {}, {}, {}}};
  bundle_.seccomp_filter = std::string(16, 'f');
  const Plan result = plan(bundle_, facts_);
  const std::vector<Op> init = ops(result, Stage::init);
  EXPECT_LT(position(init, Op::seccomp), position(init, Op::hook));
  EXPECT_LT(position(init, Op::capability_sets), position(init, Op::hook));
  EXPECT_THAT(step_of(result, Op::hook).numbers, ElementsAre(0, 1, 0, 1));
}

TEST_F(StarterPlanTest, AHookWithoutArgumentsIsGivenItsPath) {
  bundle_.spec.hooks["startContainer"] = {{"/h/start", {}, {"A=b"}, {}}};
  const Plan result = plan(bundle_, facts_);
  EXPECT_THAT(step_of(result, Op::hook).texts, ElementsAre("startContainer hook #0", "/h/start", "/h/start", "A=b"));
  EXPECT_THAT(step_of(result, Op::hook).numbers, ElementsAre(0, 1, 0, 0));
}

TEST_F(StarterPlanTest, TimeOffsetsAreWrittenAsTheKernelReadsThem) {
  join("time", "");
  bundle_.spec.linux_.time_offsets = {{"boottime", {-7, 5}}, {"monotonic", {100, 0}}};
  const Plan result = plan(bundle_, facts_);
  EXPECT_THAT(step_of(result, Op::time_namespace).texts, ElementsAre("boottime -7 5\nmonotonic 100 0\n"));
  EXPECT_EQ(step_of(result, Op::clone).numbers.at(0) & 0x80, 0) << "its first process would freeze the offsets";
}

TEST_F(StarterPlanTest, WhatContradictsItselfIsRefused) {
  bundle_.spec.linux_.uid_mappings = {{0, 1000, 1}};
  EXPECT_THAT(refusal(), HasSubstr("no user namespace"));
  bundle_.spec.linux_.uid_mappings.clear();
  bundle_.spec.linux_.time_offsets = {{"boottime", {1, 0}}};
  EXPECT_THAT(refusal(), HasSubstr("no new time namespace"));
  join("time", "");
  bundle_.spec.linux_.time_offsets = {{"realtime", {1, 0}}};
  EXPECT_THAT(refusal(), HasSubstr("unknown clock"));
  bundle_.spec.linux_.time_offsets.clear();
  bundle_.spec.linux_.intel_rdt = true;
  EXPECT_THAT(refusal(), HasSubstr("intelRdt"));
}

TEST_F(StarterPlanTest, SchedulingIsGivenInTheKernelsNumbers) {
  bundle_.spec.process.scheduler = oci::Scheduler{"SCHED_BATCH", 5, 0, {"SCHED_FLAG_RESET_ON_FORK"}, 0, 0, 0};
  bundle_.spec.process.io_priority = oci::IoPriority{"IOPRIO_CLASS_BE", 3};
  bundle_.spec.linux_.personality = oci::Personality{"LINUX32", {}};
  const Plan result = plan(bundle_, facts_);
  EXPECT_THAT(step_of(result, Op::scheduler).numbers, ElementsAre(3, 1, 5, 0, 0, 0, 0));
  EXPECT_THAT(step_of(result, Op::io_priority).numbers, ElementsAre(2 << 13 | 3));
  EXPECT_THAT(step_of(result, Op::personality).numbers, ElementsAre(8));
  bundle_.spec.process.scheduler->policy = "SCHED_LOTTERY";
  EXPECT_THAT(refusal(), HasSubstr("process.scheduler.policy: unknown value \"SCHED_LOTTERY\""));
}

TEST_F(StarterPlanTest, ExecEntersCgroupsThenNamespacesAndLosesItsRightsLast) {
  ExecBundle exec;
  exec.launcher = Launcher::starter;
  exec.process = bundle_.spec.process;
  exec.process.exec_cpu_affinity = oci::ExecCpuAffinity{"0", "0-1"};
  exec.namespaces = {{"mount", "/proc/7/ns/mnt"}, {"pid", "/proc/7/ns/pid"}};
  exec.v1_directories = {"/sys/fs/cgroup/pids/a"};
  exec.v2_directory = "/sys/fs/cgroup/unified/a";
  exec.seccomp_filter = std::string(16, 'f');
  const Plan result = plan_exec(exec, facts_);
  EXPECT_THAT(ops(result, Stage::monitor),
              ElementsAre(Op::host_proc, Op::cpu_affinity, Op::cgroup_join, Op::enter_cgroup, Op::open_namespace,
                          Op::open_namespace, Op::join_namespace, Op::join_namespace, Op::clone));
  const std::vector<Op> init = ops(result, Stage::init);
  EXPECT_EQ(init.front(), Op::cpu_affinity);
  EXPECT_LT(position(init, Op::become_user), position(init, Op::capability_sets));
  EXPECT_EQ(std::count(init.begin(), init.end(), Op::gate), 0);
}

TEST_F(StarterPlanTest, ExecHasTheContainersPersonality) {
  ExecBundle exec;
  exec.launcher = Launcher::starter;
  exec.process = bundle_.spec.process;
  exec.personality = oci::Personality{"LINUX32", {}};
  EXPECT_THAT(step_of(plan_exec(exec, facts_), Op::personality).numbers, ElementsAre(8));
}

TEST_F(StarterPlanTest, NobodyIsBoundToTheProcessorsOfTheCaller) {
  EXPECT_THAT(step_of(plan(bundle_, facts_), Op::cpu_affinity).texts, ElementsAre(""));
  ExecBundle exec;
  exec.launcher = Launcher::starter;
  exec.process = bundle_.spec.process;
  EXPECT_THAT(step_of(plan_exec(exec, facts_), Op::cpu_affinity).texts, ElementsAre(""));
  exec.process.exec_cpu_affinity = oci::ExecCpuAffinity{"", ""};
  const std::vector<Op> init = ops(plan_exec(exec, facts_), Stage::init);
  EXPECT_EQ(std::count(init.begin(), init.end(), Op::cpu_affinity), 0);
}

TEST_F(StarterPlanTest, OfTwoVariablesOfOneNameTheLaterHolds) {
  bundle_.spec.process.env = {"A=1", "B=2", "A=", "AB=3"};
  EXPECT_THAT(step_of(plan(bundle_, facts_), Op::environment).texts, ElementsAre("B=2", "A=", "AB=3"));
}

TEST_F(StarterPlanTest, AnAmbientCapabilityThatIsNotInheritableIsLeftOutWithAWarning) {
  oci::Capabilities& sets = bundle_.spec.process.capabilities;
  sets.permitted = sets.ambient = {"CAP_CHOWN", "CAP_KILL"};
  sets.inheritable = {"CAP_KILL"};
  const Plan result = plan(bundle_, facts_);
  EXPECT_EQ(step_of(result, Op::capability_sets).numbers[3], 1 << 5);
  EXPECT_THAT(result.warnings, ElementsAre(HasSubstr("can't raise ambient capability CAP_CHOWN: ")));
}

// Behind the mount namespace the directory has another name or none, behind the cgroup namespace no right leads to it.
TEST_F(StarterPlanTest, AUnifiedCgroupIsEnteredBeforeTheNamespacesThatHideIt) {
  ExecBundle exec;
  exec.launcher = Launcher::starter;
  exec.process = bundle_.spec.process;
  exec.v2_directory = "/sys/fs/cgroup/a";
  exec.namespaces = {{"network", "/proc/7/ns/net"}, {"pid", "/proc/7/ns/pid"}};
  Plan result = plan_exec(exec, facts_);
  EXPECT_THAT(step_of(result, Op::clone).texts, ElementsAre("/sys/fs/cgroup/a"));
  for (const char* type : {"mount", "cgroup", "user"}) {
    exec.namespaces.back() = {type, "/proc/7/ns/x"};
    result = plan_exec(exec, facts_);
    EXPECT_THAT(ops(result, Stage::monitor),
                ElementsAre(Op::host_proc, Op::enter_cgroup, Op::open_namespace, Op::open_namespace, Op::join_namespace,
                            Op::join_namespace, Op::clone));
    EXPECT_THAT(step_of(result, Op::enter_cgroup).texts, ElementsAre("/sys/fs/cgroup/a"));
    EXPECT_THAT(step_of(result, Op::clone).texts, ElementsAre(""));
  }
}

}  // namespace
}  // namespace minidock::runtime
