// The parts of a container's life that need no container.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "runtime/lifecycle/bundle_source.h"
#include "runtime/lifecycle/default_spec.h"
#include "runtime/lifecycle/hand_over.h"
#include "runtime/lifecycle/hooks.h"
#include "runtime/lifecycle/id_maps.h"
#include "runtime/lifecycle/pid_file.h"
#include "runtime/lifecycle/record.h"
#include "runtime/lifecycle/state_directory.h"
#include "runtime/lifecycle/stats_event.h"
#include "support/refusal.h"

namespace minidock::runtime {
namespace {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    char pattern[] = "/tmp/minidock-lifecycle.XXXXXX";
    path_ = mkdtemp(pattern);
  }
  ~TemporaryDirectory() { discard_tree(AT_FDCWD, path_); }
  std::string at(const std::string& name) const { return cat(path_, "/", name); }

 private:
  std::string path_;
};

TEST(ContainerId, IsRuncsRule) {
  for (const char* good : {"a", "web-1", "A_b+c,d.e", "..a", "0"}) require_container_id(good);
  for (const char* bad : {".", "..", "a/b", "a b", "~a", "a\n", "\xc3\xa4"})
    EXPECT_EQ(refusal_of([&] { require_container_id(bad); }), "invalid container ID format") << bad;
  EXPECT_EQ(refusal_of([] { require_container_id(""); }), "container id cannot be empty");
}

TEST(StateDirectory, AppearsWholeAndLocked) {
  const TemporaryDirectory top;
  const std::string root = top.at("root");
  StateDirectory made = StateDirectory::create(root, "web", {{"state.json", "{}"}, {"config.json", "x"}});
  EXPECT_EQ(StateDirectory::list(root), std::vector<std::string>{"web"});
  StateDirectory other = StateDirectory::open(root, "web");
  EXPECT_EQ(read_file(other.fd(), "config.json"), "x");
  EXPECT_TRUE(other.is_locked_by_another());
  EXPECT_FALSE(made.is_locked_by_another());
  EXPECT_FALSE(other.try_lock(0));
  made.unlock();
  EXPECT_FALSE(other.is_locked_by_another());
  EXPECT_TRUE(other.try_lock(0));
}

TEST(StateDirectory, OneNameOnce) {
  const TemporaryDirectory top;
  const StateDirectory made = StateDirectory::create(top.at("root"), "web", {});
  EXPECT_EQ(refusal_of([&] { StateDirectory::create(top.at("root"), "web", {}); }),
            "container with given ID already exists");
  EXPECT_EQ(StateDirectory::list(top.at("root")).size(), 1u);
  EXPECT_EQ(refusal_of([&] { StateDirectory::open(top.at("root"), "other"); }), "container does not exist");
  EXPECT_EQ(refusal_of([&] { StateDirectory::open(top.at("nowhere"), "web"); }), "container does not exist");
}

TEST(StateDirectory, WhoWaitedForARemovedOneIsTold) {
  const TemporaryDirectory top;
  StateDirectory made = StateDirectory::create(top.at("root"), "web", {{"state.json", "old"}});
  StateDirectory waiting = StateDirectory::open(top.at("root"), "web");
  made.remove();
  made.unlock();
  EXPECT_EQ(refusal_of([&] { waiting.lock(); }), "container does not exist");
  // Nor is the next of that name taken for it.
  const StateDirectory next = StateDirectory::create(top.at("root"), "web", {{"state.json", "new"}});
  EXPECT_EQ(refusal_of([&] { waiting.lock(); }), "container does not exist");
}

TEST(StateDirectory, WhatAKilledCommandLeftIsSwept) {
  const TemporaryDirectory top;
  ensure_dirs(top.at("root/~0123"), 0700);
  EXPECT_TRUE(StateDirectory::list(top.at("root")).empty());
  const StateDirectory made = StateDirectory::create(top.at("root"), "web", {});
  EXPECT_FALSE(exists_at(AT_FDCWD, top.at("root/~0123")));
}

TEST(StateDirectory, ManyMakersDoNotSweepEachOther) {
  const TemporaryDirectory top;
  std::vector<std::thread> makers;
  std::atomic<int> failures = 0;
  for (int i = 0; i < 4; i++) {
    makers.emplace_back([&, id = cat("c", i)] {
      for (int round = 0; round < 300; round++) {
        try {
          StateDirectory::create(top.at("root"), id, {{"state.json", "{}"}}).remove();
        } catch (const std::exception&) {
          failures++;
        }
      }
    });
  }
  for (std::thread& maker : makers) maker.join();
  EXPECT_EQ(failures, 0);
  EXPECT_TRUE(list_dir(open_dir(AT_FDCWD, top.at("root")).get()).empty());
}

TEST(Record, ComesBackAsItWas) {
  Record record;
  record.id = "web";
  record.bundle = "/b";
  record.rootfs = "/b/rootfs";
  record.created = "2026-01-02T03:04:05Z";
  record.init = {42, 4711, "boot"};
  record.complete = record.own_pid_namespace = record.rereads_config = true;
  record.new_keyring = false;
  record.seccomp_flags = 3;
  record.cgroup = {"/a/b", "a.scope"};
  record.annotations = {{"k", "v"}};
  EXPECT_EQ(to_json(parse_record(to_json(record))), to_json(record));
  const Record back = parse_record(to_json(record));
  EXPECT_EQ(back.init.start_time, 4711u);
  EXPECT_EQ(back.cgroup.unit, "a.scope");
  EXPECT_FALSE(back.new_keyring);
  EXPECT_EQ(refusal_of([] { parse_record("{\"init\":{\"pid\":\"x\"}}"); }).substr(0, 10), "state.json");
}

TEST(ProcessStat, NamesMayHoldAnything) {
  const std::string rest = " S 7 1 1 0 -1 4194560 1 0 0 0 5 6 0 0 20 0 1 0 987654 1 1";
  const auto stat = parse_process_stat(cat("12 (a) R (b)", rest));
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->parent, 7);
  EXPECT_EQ(stat->start_time, 987654u);
  EXPECT_FALSE(parse_process_stat("12 (a) S 7"));
  EXPECT_FALSE(parse_process_stat(""));
}

TEST(LiveProcess, OnlyTheVeryOne) {
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  const ProcessIdentity identity = identify_process(child);
  const auto process = LiveProcess::find(identity);
  ASSERT_TRUE(process);
  ProcessIdentity later = identity, rebooted = identity;
  later.start_time += 1;
  rebooted.boot_id = "another";
  EXPECT_FALSE(LiveProcess::find(later));
  EXPECT_FALSE(LiveProcess::find(rebooted));
  EXPECT_FALSE(process->wait(0));
  process->send(SIGKILL);
  // A zombie has ended, though its number is still taken.
  EXPECT_TRUE(process->wait(5 * kSecond));
  EXPECT_FALSE(LiveProcess::find(identity));
  EXPECT_EQ(refusal_of([&] { process->send(SIGKILL); }), "process already finished");
  waitpid(child, nullptr, 0);
}

TEST(IdMaps, OneLineAMapping) {
  EXPECT_EQ(id_map_text({{0, 100000, 65536}, {65536, 5, 1}}), "0 100000 65536\n65536 5 1\n");
}

TEST(CgroupsPath, RelativeOnesAreBelowOurOwn) {
  linux::CgroupLayout layout;
  layout.hierarchies.resize(1);
  layout.hierarchies[0].controllers = {"memory"};
  layout.hierarchies[0].self = "/mine";
  EXPECT_EQ(resolve_cgroups_path("", "web", layout), "/web");
  EXPECT_EQ(resolve_cgroups_path("/a//b/./c", "web", layout), "/a/b/c");
  EXPECT_EQ(resolve_cgroups_path("a/b", "web", layout), "/mine/a/b");
  EXPECT_EQ(resolve_cgroups_path("/../../a", "web", layout), "/a");
  EXPECT_NE(refusal_of([&] { resolve_cgroups_path("/a/..", "web", layout); }), "");
}

TEST(Hooks, ExactWordsStateAndDirectory) {
  const TemporaryDirectory top;
  oci::Hook hook;
  hook.path = "/bin/sh";
  hook.args = {"sh", "-c", "[ \"$(cat)\" = the-state ] && [ $A$HOME = 1 ] && pwd >here", "x"};
  hook.env = {"A=1", "PATH=/bin:/usr/bin"};
  const Fd directory = open_dir(AT_FDCWD, top.at(""));
  run_hooks({hook}, {"createRuntime", "the-state", directory.get()});
  EXPECT_TRUE(exists_at(directory.get(), "here"));
}

TEST(Hooks, FailuresNameTheHook) {
  oci::Hook good, bad, slow;
  good.path = "/bin/true";
  bad.path = slow.path = "/bin/sh";
  bad.args = {"sh", "-c", "echo o; echo e >&2; exit 3"};
  slow.args = {"sh", "-c", "kill -9 $$"};
  EXPECT_EQ(refusal_of([&] {
              run_hooks({good, bad}, {"poststart", "", -1});
            }),
            "error running poststart hook #1: exit status 3, stdout: o, stderr: e");
  EXPECT_EQ(try_hooks({bad, good, slow}, {"poststop", "", -1}).size(), 2u);
}

TEST(HandOver, TerminalsNeedExactlyOneHolder) {
  require_terminal_rule(true, true, "");
  require_terminal_rule(true, false, "/socket");
  require_terminal_rule(false, false, "");
  EXPECT_NE(refusal_of([] { require_terminal_rule(true, false, ""); }), "");
  EXPECT_NE(refusal_of([] { require_terminal_rule(false, false, "/socket"); }), "");
  EXPECT_NE(refusal_of([] { require_terminal_rule(true, true, "/socket"); }), "");
}

TEST(HandOver, NotifySocketIsBoundWhereItIs) {
  oci::Spec spec;
  hand_over_environment(spec, 2, "/run/notify");
  EXPECT_EQ(spec.process.env, (std::vector<std::string>{"LISTEN_FDS=2", "LISTEN_PID=1", "NOTIFY_SOCKET=/run/notify"}));
  ASSERT_EQ(spec.mounts.size(), 1u);
  EXPECT_EQ(spec.mounts[0].destination, "/run/notify");
  oci::Spec abstract;
  hand_over_environment(abstract, 0, "@notify");
  EXPECT_TRUE(abstract.mounts.empty());
}

TEST(PidFile, IsDecimalWithoutNewline) {
  const TemporaryDirectory top;
  write_pid_file(top.at("pid"), 4711);
  EXPECT_EQ(read_file(AT_FDCWD, top.at("pid")), "4711");
  EXPECT_EQ(list_dir(AT_FDCWD, top.at("")).size(), 1u);
}

TEST(Stats, ShapeIsRuncs) {
  linux::CgroupStats stats;
  stats.cpu.total = 7;
  stats.memory.usage = {100, 50, 60, 1};
  stats.pids.current = 2;
  stats.block_io.service_bytes = {{8, 0, "Read", 4096}};
  stats.hugetlb["2MB"] = {1, 2, 3};
  const auto event = nlohmann::ordered_json::parse(stats_event("web", stats));
  EXPECT_EQ(event["type"], "stats");
  EXPECT_EQ(event["data"]["cpu"]["usage"]["total"], 7);
  EXPECT_EQ(event["data"]["memory"]["usage"].dump(), R"({"limit":100,"usage":50,"max":60,"failcnt":1})");
  EXPECT_EQ(event["data"]["pids"].dump(), R"({"current":2})");
  EXPECT_EQ(event["data"]["blkio"].dump(), R"({"ioServiceBytesRecursive":[{"major":8,"op":"Read","value":4096}]})");
  EXPECT_EQ(event["data"]["hugetlb"].dump(), R"({"2MB":{"usage":1,"max":2,"failcnt":3}})");
  EXPECT_TRUE(event["data"]["network_interfaces"].is_null());
}

TEST(DefaultSpec, IsReadBack) {
  const oci::Spec spec = oci::parse_spec(oci::to_json(default_spec()));
  EXPECT_EQ(spec.process.args, std::vector<std::string>{"sh"});
  const bool unified = linux::read_cgroup_layout().mode == linux::CgroupMode::v2;
  EXPECT_EQ(spec.linux_.namespaces.size(), unified ? 6u : 5u);
  const oci::Spec rootless = oci::parse_spec(oci::to_json(rootless_spec(1000, 1001)));
  EXPECT_EQ(rootless.linux_.gid_mappings, (std::vector<oci::IdMapping>{{0, 1001, 1}}));
  EXPECT_TRUE(rootless.linux_.resources.devices.empty());
}

}  // namespace
}  // namespace minidock::runtime
