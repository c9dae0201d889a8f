// Whole runs: what the container sees, what comes back, and that nothing stays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "engine/leftovers.h"
#include "support/engine_world.h"

namespace minidock::engine {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class RunTest : public EngineWorld {};

TEST_F(RunTest, ExitCodeAndBothStreamsComeBack) {
  const Outcome outcome = run_once(shell("echo out; echo err >&2; exit 7"));
  EXPECT_EQ(outcome.output, "out\n");
  EXPECT_EQ(outcome.error_output, "err\n");
  EXPECT_EQ(outcome.code, 7);
}

TEST_F(RunTest, TwoHundredRunsLeaveNothing) {
  for (int i = 0; i < 200; ++i) ASSERT_EQ(run_once(shell("exit 0")).code, 0) << "run " << i;
  EXPECT_EQ(store_.leftovers(), "");
  EXPECT_THAT(engine_.list(), IsEmpty());
  EXPECT_THAT(list_container_cgroups(store_.location()), IsEmpty());
  EXPECT_EQ(complaints(), "");
}

TEST_F(RunTest, SixteenAtATimeAllSucceed) {
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&, i] {
      Engine own(store_.location());
      ContainerConfig config = shell(cat("exit ", i));
      config.auto_remove = true;
      RunningContainer container = own.run(config, {});
      monitor::Event event;
      do {
        event = container.session.read_event();
      } while (event.kind != monitor::EventKind::exited && event.kind != monitor::EventKind::closed);
      container.session.take_over_cleanup();
      own.cleanup(container.id);
      if (event.exit.code == i) ++good;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 16);
  EXPECT_EQ(store_.leftovers(), "");
  EXPECT_EQ(complaints(), "");
}

TEST_F(RunTest, HasItsOwnIdentity) {
  ContainerConfig config = shell("hostname; cat /etc/hostname; id -u; pwd; echo $HOME $A; grep -c web /etc/hosts");
  config.hostname = "web";
  config.user = "alice";
  config.env = {"A=1"};
  config.working_dir = "/new/dir";
  EXPECT_EQ(run_once(config).output, "web\nweb\n1000\n/new/dir\n/home/alice 1\n1\n");
}

TEST_F(RunTest, InheritsNothingOfTheHost) {
  ASSERT_EQ(setenv("MINIDOCK_TEST_SECRET", "1", 1), 0);
  const Outcome outcome = run_once(shell("env; ls /proc/self/fd; cat /proc/1/cmdline"));
  unsetenv("MINIDOCK_TEST_SECRET");
  EXPECT_THAT(outcome.output, Not(HasSubstr("SECRET")));
  EXPECT_THAT(outcome.output, HasSubstr("0\n1\n2\n3\n")) << "3 is the listing's own";
  EXPECT_THAT(outcome.output, Not(HasSubstr("\n4\n")));
}

TEST_F(RunTest, DefaultConfinement) {
  const std::string text =
      run_once(shell("grep -E 'CapEff|CapInh|Seccomp:' /proc/self/status; cat /proc/kcore; touch /proc/sys/x;"
                     "touch /sys/x; mount -t tmpfs x /tmp; cat /proc/keys | wc -c"))
          .output;
  EXPECT_THAT(text, HasSubstr("CapEff:\t00000000a80425fb"));
  EXPECT_THAT(text, HasSubstr("CapInh:\t0000000000000000"));
  EXPECT_THAT(text, HasSubstr("Seccomp:\t2"));
  EXPECT_THAT(text, HasSubstr("\n0\n"));
}

TEST_F(RunTest, PidsLimitHolds) {
  ContainerConfig config = shell("for i in $(seq 25); do sleep 5 & done; echo started");
  config.resources.pids_limit = 10;
  EXPECT_THAT(run_once(config).error_output, HasSubstr("fork"));
}

TEST_F(RunTest, MemoryLimitKillsAndIsRecorded) {
  ContainerConfig config = shell("x=0123456789abcdef; while true; do x=$x$x; done");
  config.resources.memory_limit = 32 << 20;
  const Outcome outcome = run(config, named("eater"));
  EXPECT_EQ(outcome.code, 137);
  const ContainerView view = engine_.load("eater");
  EXPECT_EQ(view.exit_code, 137);
  EXPECT_TRUE(view.oom_killed);
}

TEST_F(RunTest, ExplainSeesThePlanBeforeItIsExecuted) {
  CreateOptions options = named("told");
  size_t steps = 0, containers = 1;
  options.explain = [&](const runtime::Plan& plan) {
    steps = plan.steps.size();
    containers = store_.open().list_containers().size();
  };
  EXPECT_EQ(run(shell("exit 0"), options).code, 0);
  EXPECT_GT(steps, 20u);
  EXPECT_EQ(containers, 0u);
}

TEST_F(RunTest, CidFileHoldsTheIdOrIsNotThere) {
  CreateOptions options;
  options.cidfile = store_.top() + "/cid";
  const Outcome outcome = run(shell("exit 0"), options);
  EXPECT_EQ(read_file(AT_FDCWD, options.cidfile), outcome.id);
  try {
    run(shell("exit 0"), options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.what(),
              "container ID file found, make sure the other container isn't running or delete " + options.cidfile);
  }
  options.cidfile += "2";
  ContainerConfig unknown = shell("true");
  unknown.image = "nosuch";
  EXPECT_THROW(run(unknown, options), Error);
  EXPECT_FALSE(exists_at(AT_FDCWD, options.cidfile));
}

TEST_F(RunTest, RefusalsLeaveNothing) {
  ContainerConfig unknown = shell("true"), bind = shell("true"), sysctl = shell("true"), empty = shell("true");
  unknown.image = "nosuch";
  bind.mounts = {{.type = "bind", .source = "/no/such/source", .target = "/x"}};
  sysctl.sysctls = {{"kernel.core_pattern", "x"}};
  sysctl.mounts = {{.type = "volume", .target = "/v", .anonymous = true}};
  empty.args.clear();
  for (const ContainerConfig& config : {unknown, bind, sysctl, empty}) EXPECT_THROW(run(config), Error);
  EXPECT_THAT(engine_.store().list_volumes(), IsEmpty());
  EXPECT_EQ(store_.leftovers(), "");
}

TEST_F(RunTest, AFailedStartTellsWhyAndKeepsTheContainer) {
  ContainerConfig config = shell("true");
  config.args = {"nosuch"};
  try {
    run(config, named("kept"));
    FAIL();
  } catch (const monitor::StartFailure& failure) {
    EXPECT_EQ(failure.exit_code(), 127);
  }
  const ContainerView view = engine_.load("kept");
  EXPECT_EQ(view.state, ContainerState::created);
  EXPECT_EQ(view.exit_code, 127);
  EXPECT_THAT(view.error, HasSubstr("nosuch"));
  engine_.remove("kept", false, false);

  config.auto_remove = true;
  config.args = {"/etc/passwd"};
  try {
    run(config);
    FAIL();
  } catch (const monitor::StartFailure& failure) {
    EXPECT_EQ(failure.exit_code(), 126);
  }
  EXPECT_EQ(store_.leftovers(), "");
  EXPECT_EQ(complaints(), "");
}

TEST_F(RunTest, NameInUseNamesTheHolder) {
  const Outcome holder = run(shell("exit 0"), named("web"));
  try {
    run(shell("exit 0"), named("web"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
    EXPECT_EQ(error.what(), "Conflict. The container name \"/web\" is already in use by container \"" + holder.id +
                                "\". You have to remove (or rename) that container to be able to reuse that name.");
  }
}

TEST_F(RunTest, ImageVolumesAreFilledAndGoWithTheContainer) {
  Engine::ImportOptions options;
  options.path = store_.top() + "/box.tar";
  options.reference = "withvolume";
  options.changes = {"VOLUME /data"};
  engine_.import(options);
  ContainerConfig config = shell("cat /data/seed; grep -c ' /data ' /proc/self/mountinfo");
  config.image = "withvolume";
  EXPECT_EQ(run_once(config).output, "from the image\n1\n");
  EXPECT_THAT(engine_.store().list_volumes(), IsEmpty());
}

TEST_F(RunTest, NamedVolumesStay) {
  ContainerConfig config = shell("echo kept > /v/file");
  config.mounts = {{.type = "volume", .source = "mine", .target = "/v"}};
  EXPECT_EQ(run_once(config).code, 0);
  config.args = {"cat", "/v/file"};
  config.mounts[0].read_only = true;
  EXPECT_EQ(run_once(config).output, "kept\n");
  config.args = {"touch", "/v/other"};
  EXPECT_NE(run_once(config).code, 0);
}

TEST_F(RunTest, BindsAndTmpfs) {
  ContainerConfig config = shell("echo x > /b/file; echo y > /t/file; stat -f -c %T /t; touch /f || echo read-only");
  config.mounts = {{.type = "bind", .source = store_.top() + "/made", .target = "/b", .create_source = true},
                   {.type = "tmpfs", .target = "/t"}};
  config.read_only = true;
  EXPECT_EQ(run_once(config).output, "tmpfs\nread-only\n");
  EXPECT_EQ(read_file(AT_FDCWD, store_.top() + "/made/file"), "x\n");
}

}  // namespace
}  // namespace minidock::engine
