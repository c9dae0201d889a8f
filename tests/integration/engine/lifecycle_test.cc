// The verbs on containers that exist, and what is left when the processes around one are killed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "base/error.h"
#include "engine/container_cgroup.h"
#include "engine/leftovers.h"
#include "engine/waiting.h"
#include "support/engine_world.h"
#include "support/keepers.h"
#include "support/refusal.h"

namespace minidock::engine {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class LifecycleTest : public EngineWorld {
 protected:
  std::string detach(const std::string& script, const std::string& name) {
    return engine_.run(shell(script), named(name)).id;
  }
};

TEST_F(LifecycleTest, ACreatedContainerRunsWhenStarted) {
  std::vector<std::string> warnings;
  const std::string id = engine_.create(shell("echo run >> /count; cat /count"), named("twice"), warnings);
  EXPECT_EQ(engine_.load("twice").status(now()), "Created");
  EXPECT_EQ(finish(engine_.start("twice"), false).output, "run\n");
  EXPECT_EQ(finish(engine_.start(id.substr(0, 6)), false).output, "run\nrun\n") << "its files stay from run to run";
  EXPECT_THAT(engine_.load("twice").status(now()), StartsWith("Exited (0) "));
}

TEST_F(LifecycleTest, ARunningContainerIsSeenAndGuarded) {
  const std::string id = detach("sleep 100", "sleeper");
  const ContainerView view = engine_.load("/sleeper");
  EXPECT_EQ(view.state, ContainerState::running);
  EXPECT_GT(view.run.pid, 0);
  EXPECT_THAT(view.status(now()), StartsWith("Up "));
  EXPECT_EQ(
      refusal_of([&] { engine_.remove("sleeper", false, false); }),
      "cannot remove container \"/sleeper\": container is running: stop the container before removing or force remove");
  EXPECT_EQ(refusal_of([&] { engine_.start("sleeper"); }),
            "cannot start container \"/sleeper\": container is already running");
  EXPECT_THAT(refusal_of([&] { engine_.cleanup(id); }), HasSubstr("container is running"));
  EXPECT_EQ(engine_.remove("sleeper", true, false).id, id);
  EXPECT_THAT(engine_.list(), IsEmpty());
  EXPECT_THAT(list_container_cgroups(store_.location()), IsEmpty());
  EXPECT_EQ(store_.leftovers(), "");
}

TEST_F(LifecycleTest, SignalsReachTheCommand) {
  const std::string id = detach("trap 'exit 9' USR1; echo ready > /ready; while true; do sleep 0.01; done", "trap");
  const std::string ready = engine_.store().container_directory(id) + "/upper/ready";
  while (!exists_at(AT_FDCWD, ready)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  engine_.signal("trap", SIGUSR1);
  EXPECT_EQ(engine_.wait("trap"), 9);
  EXPECT_EQ(engine_.wait("trap"), 9) << "and once more, after the end";
  EXPECT_EQ(refusal_of([&] { engine_.signal("trap", SIGTERM); }),
            "Cannot kill container: trap: Container " + id + " is not running");
}

TEST_F(LifecycleTest, StopKillsWhatDoesNotListen) {
  detach("sleep 100", "deaf");  // PID 1 without a handler: the kernel drops SIGTERM
  const Nanoseconds before = monotonic_now();
  engine_.stop("deaf", {.timeout = 1});
  EXPECT_GE(monotonic_now() - before, kSecond);
  EXPECT_EQ(engine_.load("deaf").exit_code, 137);
  engine_.stop("deaf", {.timeout = 1});  // nothing to do
}

TEST_F(LifecycleTest, StopUsesTheContainersOwnSignal) {
  ContainerConfig config = shell("trap 'exit 4' INT; echo ready > /ready; while true; do sleep 0.01; done");
  config.stop_signal = "SIGINT";
  const std::string id = engine_.run(config, named("own")).id;
  const std::string ready = engine_.store().container_directory(id) + "/upper/ready";
  while (!exists_at(AT_FDCWD, ready)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  engine_.stop("own", {});
  EXPECT_EQ(engine_.load("own").exit_code, 4);
}

TEST_F(LifecycleTest, UnknownNamesAreRefusedByEveryVerb) {
  for (const std::string& text :
       {refusal_of([&] { engine_.load("nosuch"); }), refusal_of([&] { engine_.stop("nosuch", {}); }),
        refusal_of([&] { engine_.remove("nosuch", true, true); }), refusal_of([&] { engine_.wait("nosuch"); }),
        refusal_of([&] { engine_.signal("nosuch", 9); }), refusal_of([&] { engine_.start("nosuch"); })}) {
    EXPECT_EQ(text, "No such container: nosuch");
  }
  EXPECT_EQ(refusal_of([&] { engine_.cleanup(std::string(64, 'a')); }), "") << "what is gone is cleaned up";
}

TEST_F(LifecycleTest, AKilledMonitorLosesNoExitCode) {
  detach("sleep 0.3; exit 6", "orphan");
  ASSERT_EQ(kill(engine_.load("orphan").run.monitor_pid, SIGKILL), 0);
  EXPECT_EQ(engine_.wait("orphan"), 6);
  EXPECT_EQ(engine_.load("orphan").exit_code, 6);
  engine_.remove("orphan", false, false);
  EXPECT_THAT(list_container_cgroups(store_.location()), IsEmpty());
  EXPECT_EQ(store_.leftovers(), "");
}

TEST_F(LifecycleTest, WithoutMonitorAndGuardThereIsNoMadeUpExitCode) {
  detach("sleep 0.3; exit 0", "orphan");
  const ContainerView running = engine_.load("orphan");
  test::kill_guard_and_monitor(running.run.monitor_pid);
  engine_.wait("orphan");
  const ContainerView view = engine_.load("orphan");
  EXPECT_EQ(view.state, ContainerState::exited);
  EXPECT_NE(view.exit_code, -1);
  engine_.remove("orphan", false, false);
  EXPECT_THAT(list_container_cgroups(store_.location()), IsEmpty());
  EXPECT_EQ(store_.leftovers(), "");
}

TEST_F(LifecycleTest, AnAbandonedContainerThatShouldRemoveItselfGoesWithTheNextListing) {
  ContainerConfig config = shell("sleep 100");
  config.auto_remove = true;
  config.mounts = {{.type = "volume", .target = "/v", .anonymous = true}};
  {
    RunningContainer container = engine_.run(config, {});
    const monitor::RunState state = container.session.state();
    const auto process = monitor::open_container_process(state);
    test::kill_guard_and_monitor(state.monitor_pid);
    kill(state.pid, SIGKILL);
    wait_for_process(process->get(), std::nullopt);
  }
  EXPECT_THAT(complaints(), HasSubstr("ended --rm container"));
  engine_.list();
  EXPECT_EQ(complaints(), "");
  EXPECT_EQ(store_.leftovers(), "");
  EXPECT_THAT(engine_.store().list_volumes(), IsEmpty());
}

TEST_F(LifecycleTest, CheckFindsPlantedCgroupsAndPruneTakesThem) {
  const linux::CgroupLayout layout = linux::read_cgroup_layout();
  ASSERT_FALSE(layout.hierarchies.empty());
  const std::string planted =
      layout.hierarchies[0].mount_point + "/" + cgroup_name(store_.location(), std::string(64, 'b'));
  make_dir(AT_FDCWD, planted, 0755);
  EXPECT_EQ(complaints(), "leftover cgroup " + planted + "\n");
  engine_.sweep();
  EXPECT_FALSE(exists_at(AT_FDCWD, planted));
  EXPECT_EQ(complaints(), "");
}

TEST_F(LifecycleTest, PruneTakesWhatNobodyUses) {
  run(shell("exit 0"), named("old"));
  detach("sleep 100", "busy");
  ContainerConfig with_volume = shell("exit 0");
  with_volume.mounts = {{.type = "volume", .target = "/v", .anonymous = true}};
  run(with_volume, named("volume"));
  engine_.remove("volume", false, false);
  ASSERT_EQ(engine_.store().list_volumes().size(), 1u) << "rm without -v keeps it";
  const Engine::PruneOptions all = {.containers = true, .images = true, .volumes = true, .named_images = true};
  const Engine::Pruned pruned = engine_.prune(all, engine_.list_prunable(all));
  EXPECT_EQ(pruned.containers.size(), 1u);
  EXPECT_EQ(pruned.volumes.size(), 1u);
  EXPECT_THAT(pruned.images, IsEmpty()) << "a running container uses it";
  engine_.remove("busy", true, true);
  EXPECT_FALSE(engine_.prune(all, engine_.list_prunable(all)).images.empty());
  EXPECT_THAT(engine_.store().list_images(), IsEmpty());
  EXPECT_EQ(complaints(), "");
}

TEST_F(LifecycleTest, PruneTakesNothingThatWasNotListed) {
  run(shell("exit 0"), named("listed"));
  run(shell("exit 0"), named("used"));
  const Engine::PruneOptions all = {.containers = true, .images = true, .named_images = true};
  const Engine::Prunable listed = engine_.list_prunable(all);
  EXPECT_EQ(listed.images.size(), 1u) << "unused once the containers are gone";
  run(shell("exit 0"), named("later"));
  engine_.remove("used", false, false);
  detach("sleep 100", "used");
  const Engine::Pruned pruned = engine_.prune(all, listed);
  EXPECT_EQ(pruned.containers.size(), 1u);
  EXPECT_THAT(pruned.images, IsEmpty());
  EXPECT_EQ(engine_.list().size(), 2u);
  engine_.remove("used", true, true);
}

TEST_F(LifecycleTest, PruneByAgeAndLabel) {
  ContainerConfig kept = shell("exit 0");
  kept.labels = {{"keep", "yes"}};
  run(kept, named("kept"));
  run(shell("exit 0"), named("old"));
  const Nanoseconds between = now();
  run(shell("exit 0"), named("new"));
  Engine::PruneOptions options = {.containers = true};
  options.until = between;
  options.wanted = [](const std::map<std::string, std::string>& labels) { return labels.count("keep") == 0; };
  const Engine::Prunable listed = engine_.list_prunable(options);
  ASSERT_EQ(listed.containers.size(), 1u);
  EXPECT_EQ(listed.containers[0].row.name, "old");
}

}  // namespace
}  // namespace minidock::engine
