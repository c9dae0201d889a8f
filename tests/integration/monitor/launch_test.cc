// Containers below the engine: plan, launch, speak, end.
#include "monitor/launch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/random.h"
#include "linux/host.h"
#include "linux/syscalls.h"
#include "support/busybox_root.h"
#include "support/keepers.h"

namespace minidock::monitor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct Outcome {
  std::string output, error_output;
  ExitRecord exit;
};

class LaunchTest : public ::testing::Test {
 protected:
  LaunchTest() : facts_(linux::read_host_facts()) {
    oci::Spec& spec = bundle_.spec;
    for (const char* type : {"pid", "network", "mount", "ipc", "uts", "cgroup"})
      spec.linux_.namespaces.push_back({type, ""});
    spec.hostname = "box";
    spec.mounts = {
        {"/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}},
        {"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
        {"/dev/pts", "devpts", "devpts", {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
        {"/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}},
        {"/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}},
        {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}},
        {"/sys/fs/cgroup", "cgroup", "cgroup", {"ro", "nosuid", "noexec", "nodev"}},
    };
    spec.process.env = {"PATH=/bin", "GREETING=hi"};
    spec.process.user.lookup = "";
    const std::vector<std::string> kept = linux::capability_names(linux::default_capabilities());
    spec.process.capabilities = {kept, kept, kept, {}, {}};
    spec.linux_.cgroups_path = cat("/minidock-test-", random_hex(8));
    spec.linux_.masked_paths = {"/proc/keys", "/sys/firmware", "/proc/no-such"};
    spec.linux_.readonly_paths = {"/proc/sys"};
    bundle_.overlay = runtime::Overlay{{root_.at("lower")}, root_.at("upper"), root_.at("work"), false};
  }

  LaunchRequest request() {
    LaunchRequest request;
    request.plan = runtime::plan(bundle_, facts_);
    request.run_directory = root_.at("run");
    request.exit_path = root_.at("run/exit");
    request.log_path = root_.at("run/log");
    request.log.format = LogFormat::json;
    request.open_stdin = request.stdin_once = open_stdin_;
    request.terminal = bundle_.spec.process.terminal;
    return request;
  }

  // They are our children, and end when all is recorded.
  static void reap_guards() {
    while (waitpid(-1, nullptr, 0) > 0) {
    }
  }

  static Outcome collect(Session& session) {
    Outcome outcome;
    for (;;) {
      const Event event = session.read_event();
      if (event.kind == EventKind::output) outcome.output += event.data;
      if (event.kind == EventKind::error_output) outcome.error_output += event.data;
      if (event.kind == EventKind::exited) outcome.exit = event.exit;
      if (event.kind == EventKind::exited || event.kind == EventKind::closed) return outcome;
    }
  }

  Outcome run(std::vector<std::string> args) {
    bundle_.spec.process.args = std::move(args);
    Session session = Session::launch(request());
    return collect(session);
  }
  Outcome shell(const std::string& script) { return run({"sh", "-c", script}); }

  int start_failure(std::vector<std::string> args, std::string* message = nullptr) {
    try {
      run(std::move(args));
    } catch (const StartFailure& failure) {
      if (message != nullptr) *message = failure.what();
      return failure.exit_code();
    }
    return 0;
  }

  test::BusyboxRoot root_;
  linux::HostFacts facts_;
  runtime::Bundle bundle_;
  bool open_stdin_ = false;
};

TEST_F(LaunchTest, OutputErrorsAndExitCode) {
  const Outcome outcome = shell("echo out; echo err >&2; exit 7");
  EXPECT_EQ(outcome.output, "out\n");
  EXPECT_EQ(outcome.error_output, "err\n");
  EXPECT_EQ(outcome.exit.code, 7);
  const auto record = find_exit_record(root_.at("run/exit"));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->code, 7);
  EXPECT_THAT(read_file(AT_FDCWD, root_.at("run/log")),
              HasSubstr("{\"log\":\"out\\n\",\"stream\":\"stdout\",\"time\":\"20"));
}

TEST_F(LaunchTest, NamespacesHostnameAndFirstProcess) {
  EXPECT_EQ(shell("hostname; echo $$; echo $GREETING; ls /; readlink /proc/self/ns/pid").exit.code, 0);
  const Outcome outcome = shell("hostname; echo $$");
  EXPECT_EQ(outcome.output, "box\n1\n");
}

TEST_F(LaunchTest, NoCgroupIsLeft) {
  shell("true");
  for (const linux::CgroupHierarchy& hierarchy : facts_.cgroups.hierarchies) {
    EXPECT_FALSE(exists_at(AT_FDCWD, hierarchy.mount_point + bundle_.spec.linux_.cgroups_path));
  }
}

TEST_F(LaunchTest, InputReachesTheCommandAndEnds) {
  open_stdin_ = true;
  bundle_.spec.process.args = {"sh", "-c", "cat; echo end"};
  Session session = Session::launch(request());
  session.send_input("one\ntwo\n");
  session.close_input();
  EXPECT_EQ(collect(session).output, "one\ntwo\nend\n");
}

TEST_F(LaunchTest, LargeOutputArrivesWhole) {
  EXPECT_EQ(shell("dd if=/dev/zero bs=1024 count=3000 2>/dev/null").output.size(), 3000u * 1024);
}

TEST_F(LaunchTest, LargeInputArrivesWhole) {
  open_stdin_ = true;
  bundle_.spec.process.args = {"wc", "-c"};
  Session session = Session::launch(request());
  session.send_input(std::string(1 << 20, 'x'));
  session.close_input();
  EXPECT_EQ(collect(session).output, "1048576\n");
}

TEST_F(LaunchTest, ExitCodesOfCommandsThatCannotRun) {
  std::string message;
  EXPECT_EQ(start_failure({"no-such"}, &message), 127);
  EXPECT_EQ(message, "exec: \"no-such\": executable file not found in $PATH");
  EXPECT_EQ(start_failure({"/bin/none"}, &message), 127);
  EXPECT_EQ(message, "exec: \"/bin/none\": stat /bin/none: no such file or directory");
  EXPECT_EQ(start_failure({"/etc/passwd"}, &message), 126);
  EXPECT_EQ(message, "exec: \"/etc/passwd\": permission denied");
  EXPECT_EQ(start_failure({"/etc"}), 126);
  write_file(AT_FDCWD, root_.at("lower/bin/script"), "#!/no/interpreter\r\n", 0755);
  EXPECT_EQ(start_failure({"script"}, &message), 127);
  EXPECT_THAT(message, HasSubstr("carriage return"));
}

TEST_F(LaunchTest, UsersComeFromTheImage) {
  bundle_.spec.process.user.lookup = "alice";
  bundle_.spec.process.user.add_groups = {"audio", "77"};
  const Outcome outcome =
      shell("id -u; id -g; id -G; echo $HOME; grep -E 'Cap(Inh|Prm|Eff|Bnd|Amb)' /proc/self/status");
  EXPECT_EQ(outcome.output.substr(0, outcome.output.find("Cap")), "1000\n100\n100 29 50 77\n/home/alice\n");
  EXPECT_THAT(outcome.output, HasSubstr("CapEff:\t0000000000000000"));
  EXPECT_THAT(outcome.output, HasSubstr("CapBnd:\t00000000a80425fb"));
}

TEST_F(LaunchTest, UserTable) {
  struct Row {
    const char* user;
    const char* wanted;
  };
  for (const Row& row : {Row{"", "0:0"}, Row{"0", "0:0"}, Row{"1", "1:0"}, Row{"1:2", "1:2"}, Row{":2", "0:2"},
                         Row{"root", "0:0"}, Row{"root:1", "0:1"}, Row{"1000", "1000:100"},
                         Row{"alice:staff", "1000:50"}, Row{"2147483647", "2147483647:0"}}) {
    bundle_.spec.process.user.lookup = row.user;
    EXPECT_EQ(shell("echo $(id -u):$(id -g)").output, cat(row.wanted, "\n")) << row.user;
  }
  for (const char* bad :
       {"+1", "-1", "0x1", "1 ", "4294967296", "2147483648", "1000:4294967295", "nobody-here", "root:none"}) {
    bundle_.spec.process.user.lookup = bad;
    std::string message;
    EXPECT_EQ(start_failure({"true"}, &message), 125) << bad;
    EXPECT_THAT(message, HasSubstr("unable to find ")) << bad;
  }
}

TEST_F(LaunchTest, HostilePasswdIsRefused) {
  remove_file(AT_FDCWD, root_.at("lower/etc/passwd"));
  ASSERT_EQ(mkfifo(root_.at("lower/etc/passwd").c_str(), 0644), 0);
  std::string message;
  EXPECT_EQ(start_failure({"true"}, &message), 125);
  EXPECT_THAT(message, HasSubstr("not a regular file"));
}

TEST_F(LaunchTest, DevicesMasksAndReadOnlyPaths) {
  const Outcome outcome = shell(
      "stat -c '%n %t:%T' /dev/null /proc/keys; ls /sys/firmware | wc -l; { echo x > /proc/sys/kernel/domainname; } "
      "2>&1; "
      "echo x > /dev/null && ls /dev; mount | grep ' / '; cat /proc/self/cgroup");
  EXPECT_THAT(outcome.output, HasSubstr("/dev/null 1:3\n/proc/keys 1:3\n0\n"));
  EXPECT_THAT(outcome.output, HasSubstr("Read-only file system"));
  EXPECT_THAT(outcome.output, Not(HasSubstr("minidock-test")));  // the cgroup namespace hides the path
}

TEST_F(LaunchTest, LinksInPlaceOfSystemDirectoriesAreRefused) {
  for (const char* name : {"dev", "proc", "sys"}) {
    const std::string path = root_.at(cat("lower/", name));
    ASSERT_EQ(symlink("/tmp", path.c_str()), 0);
    std::string message;
    EXPECT_EQ(start_failure({"true"}, &message), 125) << name;
    EXPECT_THAT(message, HasSubstr("must be a directory")) << name;
    remove_file(AT_FDCWD, path);
    for (const char* written : {"upper", "work"}) {  // the mount points that were made before the refusal
      discard_tree(AT_FDCWD, root_.at(written));
      make_dir(AT_FDCWD, root_.at(written), 0755);
    }
  }
}

TEST_F(LaunchTest, WorkingDirectoryIsMadeInsideTheRoot) {
  bundle_.spec.process.cwd = "/w/new";
  ASSERT_EQ(symlink("/canary", root_.at("lower/w").c_str()), 0);
  EXPECT_EQ(shell("pwd").output, "/canary/new\n");  // what a link to nothing names is made within the root
  EXPECT_FALSE(exists_at(AT_FDCWD, "/canary"));
  bundle_.spec.process.cwd = "/made/here";
  EXPECT_EQ(shell("pwd").output, "/made/here\n");
}

TEST_F(LaunchTest, BindMountsAndVolumes) {
  make_dir(AT_FDCWD, root_.at("host"), 0755);
  make_dir(AT_FDCWD, root_.at("volume"), 0755);
  write_file(AT_FDCWD, root_.at("host/file"), "host\n", 0644);
  bundle_.spec.mounts.push_back({"/mnt/new", "bind", root_.at("host"), {"rbind", "ro"}});
  bundle_.spec.mounts.push_back({"/etc/motd", "bind", root_.at("host/file"), {"rbind"}});
  bundle_.spec.mounts.push_back({"/data", "bind", root_.at("volume"), {"rbind"}});
  bundle_.bind_extras["/data"].copy_up = true;
  const Outcome outcome = shell("cat /mnt/new/file /etc/motd /data/seed; touch /mnt/new/x 2>&1; echo y > /data/y");
  EXPECT_THAT(outcome.output, HasSubstr("host\nhost\nfrom the image\n"));
  EXPECT_THAT(outcome.output, HasSubstr("Read-only file system"));
  EXPECT_EQ(read_file(AT_FDCWD, root_.at("volume/y")), "y\n");
}

TEST_F(LaunchTest, TerminalHasSizeAndIsTheConsole) {
  bundle_.spec.process.terminal = true;
  bundle_.spec.process.rows = 33;
  bundle_.spec.process.columns = 111;
  bundle_.spec.process.args = {"sh", "-c", "tty; stty size; stat -c %t /dev/console; cat"};
  Session session = Session::launch(request());
  session.send_input("typed\n\x04");
  const Outcome outcome = collect(session);
  EXPECT_THAT(outcome.output, HasSubstr("/dev/pts/0\r\n"));
  EXPECT_THAT(outcome.output, HasSubstr("33 111\r\n"));  // the echo of what was typed comes when it likes
  EXPECT_THAT(outcome.output, HasSubstr("88\r\n"));
  EXPECT_THAT(outcome.output, HasSubstr("typed\r\n"));
}

TEST_F(LaunchTest, ReadOnlyRoot) {
  bundle_.spec.root_readonly = true;
  EXPECT_THAT(shell("touch /x 2>&1; touch /dev/shm/y && echo shm").output, HasSubstr("Read-only file system\nshm\n"));
}

TEST_F(LaunchTest, SignalsAndInit) {
  bundle_.use_init = true;
  bundle_.spec.process.args = {"sh", "-c", "trap 'echo got; exit 3' TERM; echo ready; while :; do sleep 0.05; done"};
  Session session = Session::launch(request());
  EXPECT_EQ(session.read_event().data, "ready\n");
  session.send_signal(SIGTERM);
  const Outcome outcome = collect(session);
  EXPECT_EQ(outcome.output, "got\n");
  EXPECT_EQ(outcome.exit.code, 3);
}

TEST_F(LaunchTest, MemoryLimitKillsAndSaysSo) {
  if (facts_.cgroups.find("memory") == nullptr) GTEST_SKIP() << "no memory controller";
  bundle_.spec.linux_.resources.memory_limit = 16 << 20;
  bundle_.spec.linux_.resources.memory_swap = 16 << 20;
  const Outcome outcome = shell(
      "exec cat /dev/zero | head -c 100000000 | { x=$(cat); echo $x; }; exec sh -c 'exec dd if=/dev/zero of=/dev/null "
      "bs=64M count=1'");
  EXPECT_TRUE(outcome.exit.oom_killed);
  EXPECT_EQ(outcome.exit.memory_limit, 16u << 20);
}

TEST_F(LaunchTest, PidsLimitHolds) {
  if (facts_.cgroups.find("pids") == nullptr) GTEST_SKIP() << "no pids controller";
  bundle_.spec.linux_.resources.pids_limit = 5;
  const Outcome outcome = shell(
      "for i in 1 2 3 4 5 6 7 8; do sleep 5 & done; cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max "
      "2>/dev/null");
  EXPECT_THAT(outcome.error_output, HasSubstr("fork"));
}

TEST_F(LaunchTest, DetachedContainerGoesOnAndEndsOnItsOwn) {
  bundle_.spec.process.args = {"sh", "-c", "sleep 0.3; exit 9"};
  RunState state;
  {
    Session session = Session::launch(request());
    state = session.state();
  }
  const auto found = find_run_state(root_.at("run"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->pid, state.pid);
  RunState other = *found;
  ++other.start_time;
  ++other.pidfd_inode;  // 0 on an older kernel: then the start time tells
  if (found->pidfd_inode == 0) other.pidfd_inode = 0;
  EXPECT_FALSE(open_container_process(other));
  EXPECT_TRUE(open_container_process(*found));
  reap_guards();
  EXPECT_FALSE(open_container_process(*found));
  EXPECT_EQ(find_exit_record(root_.at("run/exit"))->code, 9);
}

// The rights of the user that it becomes play no part: kernel: a change of user clears a parent death signal.
TEST_F(LaunchTest, AContainerGoesOnWithItsGuard) {
  for (const char* user : {"root", "alice"}) {
    bundle_.spec.process.user.lookup = user;
    bundle_.spec.process.args = {"sh", "-c", "read line; exit $line"};
    open_stdin_ = true;
    Session session = Session::launch(request());
    const std::optional<Fd> process = open_container_process(session.state());
    ASSERT_TRUE(process) << user;
    kill(session.state().monitor_pid, SIGKILL);
    EXPECT_EQ(session.read_event().kind, EventKind::closed);
    std::optional<Session> again = Session::attach(root_.at("run"));
    ASSERT_TRUE(again) << user;
    again->send_input("7\n");
    EXPECT_EQ(collect(*again).exit.code, 7) << user;
    reap_guards();
    EXPECT_EQ(find_exit_record(root_.at("run/exit"))->code, 7);
  }
}

TEST_F(LaunchTest, WithoutGuardAndMonitorItGoesOnAlone) {
  bundle_.spec.process.args = {"sleep", "100"};
  Session session = Session::launch(request());
  const std::optional<Fd> process = open_container_process(session.state());
  ASSERT_TRUE(process);
  test::kill_guard_and_monitor(session.state().monitor_pid);
  EXPECT_EQ(session.read_event().kind, EventKind::closed);
  EXPECT_FALSE(Session::attach(root_.at("run")));
  pollfd ended = {process->get(), POLLIN, 0};
  EXPECT_EQ(poll(&ended, 1, 100), 0) << "it has no part in their end";
  linux::pidfd_send_signal(process->get(), SIGKILL);
  EXPECT_EQ(poll(&ended, 1, 5000), 1);
  reap_guards();
  for (const std::string& cgroup : linux::list_cgroups(facts_.cgroups, bundle_.spec.linux_.cgroups_path.substr(1)))
    EXPECT_TRUE(linux::try_remove_cgroup(cgroup)) << cgroup;
}

// As an exec has it: nobody takes over, so it must not run on unseen.
TEST_F(LaunchTest, AProcessWithoutAGuardEndsWithItsMonitor) {
  for (const char* user : {"root", "alice"}) {
    bundle_.spec.process.user.lookup = user;
    bundle_.spec.process.args = {"sleep", "100"};
    LaunchRequest further = request();
    further.run_directory = further.exit_path = "";
    further.log.format = LogFormat::none;
    Session session = Session::launch(further);
    const std::optional<Fd> process = open_container_process(session.state());
    ASSERT_TRUE(process) << user;
    kill(session.state().monitor_pid, SIGKILL);
    pollfd ended = {process->get(), POLLIN, 0};
    EXPECT_EQ(poll(&ended, 1, 5000), 1) << user;
    reap_guards();
    for (const std::string& cgroup : linux::list_cgroups(facts_.cgroups, bundle_.spec.linux_.cgroups_path.substr(1)))
      EXPECT_TRUE(linux::try_remove_cgroup(cgroup)) << cgroup;
  }
}

TEST_F(LaunchTest, OnlyThreeDescriptorsReachTheCommand) {
  const Outcome outcome = run({"ls", "-1", "/proc/self/fd"});
  EXPECT_EQ(outcome.output, "0\n1\n2\n3\n");  // 3 is the directory that ls reads
}

}  // namespace
}  // namespace minidock::monitor
