#include "cli/options/container_options.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "cli/errors.h"

namespace minidock::cli {
namespace {

engine::ContainerConfig build(const std::vector<std::string>& words) {
  Options options("minidock run");
  ContainerOptions container;
  container.declare(options);
  return container.build(options, {}, options.parse(words));
}

std::string failure(std::vector<std::string> words) {
  words.push_back("image");
  try {
    build(words);
    return "no failure";
  } catch (const Error& error) {
    return error.what();
  }
}

using Texts = std::vector<std::string>;

TEST(ContainerOptions, StopAtTheImage) {
  const auto config = build({"-it", "-m", "32m", "busybox", "sh", "-c", "exit 3", "--rm"});
  EXPECT_TRUE(config.tty);
  EXPECT_TRUE(config.open_stdin);
  EXPECT_EQ(config.resources.memory_limit, 32 << 20);
  EXPECT_EQ(config.image, "busybox");
  EXPECT_EQ(config.args, (Texts{"sh", "-c", "exit 3", "--rm"}));
  EXPECT_FALSE(config.auto_remove);
}

TEST(ContainerOptions, EverySpellingOfAValue) {
  for (const Texts& words :
       {Texts{"-m32m", "i"}, Texts{"-m=32m", "i"}, Texts{"-m", "32m", "i"}, Texts{"--memory=32m", "i"},
        Texts{"--memory", "32m", "i"}, Texts{"-itm", "32m", "i"}, Texts{"-m", "32m", "--", "i"}}) {
    const auto config = build(words);
    EXPECT_EQ(config.resources.memory_limit, 32 << 20) << words[0];
    EXPECT_EQ(config.image, "i");
  }
  EXPECT_FALSE(build({"--rm=false", "i"}).auto_remove);
  EXPECT_EQ(build({"--entrypoint", "", "i", "true"}).entrypoint, "");
  EXPECT_EQ(build({"--entrypoint=", "i", "true"}).entrypoint, "");
  EXPECT_EQ(build({"--memory-swap", "-1", "i"}).resources.memory_swap, -1);
  EXPECT_EQ(build({"-w", "/a", "-w", "/b", "i"}).working_dir, "/b");
}

TEST(ContainerOptions, LimitsOfDevices) {
  const auto config =
      build({"--device-read-bps", "/dev/sda:1mb", "--device-write-iops=/dev/sdb:7", "--blkio-weight-device",
             "/dev/sda:300", "--device-cgroup-rule", "c *:3 m", "--device-cgroup-rule", "a 1:* rwm", "i"});
  EXPECT_EQ(config.block_read_bytes, Texts{"/dev/sda:1048576"});
  EXPECT_EQ(config.block_write_operations, Texts{"/dev/sdb:7"});
  EXPECT_EQ(config.block_weights, Texts{"/dev/sda:300"});
  EXPECT_EQ(config.device_rules, (Texts{"c *:3 m", "a 1:* rwm"}));
}

TEST(ContainerOptions, DockersOnlyChoices) {
  EXPECT_NO_THROW(build({"--runtime", "runc", "--volume-driver", "local", "--userns", "host", "i"}));
  EXPECT_EQ(
      failure({"--runtime", "kata"}),
      "invalid argument \"kata\" for \"--runtime\" flag: unknown or invalid runtime name: kata: minidock is its own "
      "runtime");
  EXPECT_EQ(build({"--annotation", "a=b=c", "i"}).annotations.at("a"), "b=c");
}

TEST(ContainerOptions, ValuesThatLookLikeSomethingElse) {
  EXPECT_EQ(build({"-e", "A={}", "-e", "B=[1,2]", "-e", "C=--rm", "i"}).env, (Texts{"A={}", "B=[1,2]", "C=--rm"}));
  EXPECT_EQ(build({"-l", "{}", "-u", "--", "i"}).user, "--");
}

TEST(ContainerOptions, UnknownAndIncompleteFlags) {
  EXPECT_EQ(failure({"--zzzzzz"}), "unknown flag: --zzzzzz");
  EXPECT_EQ(failure({"--memroy", "1m"}), "unknown flag: --memroy; did you mean --memory?");
  EXPECT_EQ(failure({"-z"}), "unknown shorthand flag: 'z' in -z");
  EXPECT_EQ(failure({"-itz"}), "unknown shorthand flag: 'z' in -z");
  Options options("minidock run");
  ContainerOptions container;
  container.declare(options);
  for (const auto& [words, text] : std::vector<std::pair<Texts, std::string>>{
           {{"--name"}, "flag needs an argument: --name"}, {{"-itm"}, "flag needs an argument: 'm' in -m"}}) {
    try {
      options.parse(words);
      FAIL() << words[0];
    } catch (const UsageError& error) {
      EXPECT_EQ(error.what(), text);
      EXPECT_EQ(error.command(), "minidock run");
    }
  }
}

struct Refusal {
  Texts words;
  const char* text;
};

TEST(ContainerOptions, DockersTextsForBadValues) {
  const std::vector<Refusal> refusals = {
      {{"-m", "32q"}, "invalid argument \"32q\" for \"-m, --memory\" flag: invalid suffix: 'q'"},
      {{"-m", "abc"}, "invalid argument \"abc\" for \"-m, --memory\" flag: invalid size: 'abc'"},
      {{"-m", "-5m"}, "invalid argument \"-5m\" for \"-m, --memory\" flag: invalid size: '-5m'"},
      {{"-m", ""}, "invalid argument \"\" for \"-m, --memory\" flag: invalid size: ''"},
      {{"--rm=x"}, "invalid argument \"x\" for \"--rm\" flag: strconv.ParseBool: parsing \"x\": invalid syntax"},
      {{"--pids-limit", "x"},
       "invalid argument \"x\" for \"--pids-limit\" flag: strconv.ParseInt: parsing \"x\": invalid syntax"},
      {{"-e", "=x"}, "invalid argument \"=x\" for \"-e, --env\" flag: invalid environment variable: =x"},
      {{"--cpus", "x"}, "invalid argument \"x\" for \"--cpus\" flag: failed to parse x as a rational number"},
      {{"--cpus", "1.0000000001"},
       "invalid argument \"1.0000000001\" for \"--cpus\" flag: value is too precise: 1.0000000001"},
      {{"--ulimit", "foo=1"}, "invalid argument \"foo=1\" for \"--ulimit\" flag: invalid ulimit type: foo"},
      {{"--ulimit", "nofile"}, "invalid argument \"nofile\" for \"--ulimit\" flag: invalid ulimit argument: nofile"},
      {{"--ulimit", "nofile=10:5"},
       "invalid argument \"nofile=10:5\" for \"--ulimit\" flag: ulimit soft limit must be less than or equal to hard "
       "limit: 10 > 5"},
      {{"-a", "x"}, "invalid argument \"x\" for \"-a, --attach\" flag: valid streams are STDIN, STDOUT and STDERR"},
      {{"--add-host", "foo"}, "invalid argument \"foo\" for \"--add-host\" flag: bad format for add-host: \"foo\""},
      {{"--security-opt", "foo"},
       "invalid argument \"foo\" for \"--security-opt\" flag: Invalid --security-opt: \"foo\""},
      {{"--stop-signal", "FOO"}, "invalid argument \"FOO\" for \"--stop-signal\" flag: Invalid signal: FOO"},
      {{"-w", "rel"}, "the working directory 'rel' is invalid, it needs to be an absolute path"},
      {{"--memory-swap", "1g"}, "You should always set the Memory limit when using Memoryswap limit, see usage"},
      {{"-m", "2g", "--memory-swap", "1g"}, "Minimum memoryswap limit should be larger than memory limit, see usage"},
      {{"--pid", "foo"}, "--pid: invalid PID mode"},
      {{"--uts", "host", "-h", "x"}, "conflicting options: hostname and the UTS mode"},
      {{"--oom-score-adj", "2000"}, "Invalid value 2000, range for oom score adj is [-1000, 1000]"},
      {{"--cpus", "1", "--cpu-quota", "5000"}, "conflicting options: --cpus and --cpu-quota cannot both be set"},
      {{"--device-read-bps", "nothing"},
       "invalid argument \"nothing\" for \"--device-read-bps\" flag: bad format: nothing"},
      {{"--device-write-bps", "sda:1m"},
       "invalid argument \"sda:1m\" for \"--device-write-bps\" flag: bad format for device path: sda:1m"},
      {{"--device-write-bps", "/dev/sda:0"},
       "invalid argument \"/dev/sda:0\" for \"--device-write-bps\" flag: invalid rate for device: /dev/sda:0. The "
       "correct "
       "format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, "
       "mb, "
       "or gb"},
      {{"--device-read-iops", "/dev/sda:1k"},
       "invalid argument \"/dev/sda:1k\" for \"--device-read-iops\" flag: invalid rate for device: /dev/sda:1k. The "
       "correct format is <device-path>:<number>. Number must be a positive integer"},
      {{"--blkio-weight-device", "/dev/sda:9"},
       "invalid argument \"/dev/sda:9\" for \"--blkio-weight-device\" flag: invalid weight for device: /dev/sda:9"},
      {{"--device-cgroup-rule", "c 10:200"},
       "invalid argument \"c 10:200\" for \"--device-cgroup-rule\" flag: invalid device cgroup format 'c 10:200'"},
      {{"--device-cgroup-rule", "c 10:200 rwmr"},
       "invalid argument \"c 10:200 rwmr\" for \"--device-cgroup-rule\" flag: invalid device cgroup format 'c 10:200 "
       "rwmr'"},
      {{"--storage-opt", "x"}, "invalid argument \"x\" for \"--storage-opt\" flag: invalid storage option"},
      {{"--restart", "foo"},
       "invalid argument \"foo\" for \"--restart\" flag: invalid restart policy: unknown policy 'foo'; use one of "
       "'no', "
       "'always', 'on-failure', or 'unless-stopped'"},
  };
  for (const Refusal& refusal : refusals) EXPECT_EQ(failure(refusal.words), refusal.text);
}

TEST(ContainerOptions, LaterFlagsAreRefusedInOneLine) {
  for (const Texts& words : {Texts{"--link", "db"}, Texts{"--gpus=all"}}) {
    EXPECT_NE(failure(words).find(" is not supported yet: "), std::string::npos) << words[0] << failure(words);
  }
}

TEST(ContainerOptions, HealthChecks) {
  EXPECT_FALSE(build({"i"}).health_check);
  EXPECT_EQ(build({"--health-cmd", "a b", "i"}).health_check->test, (Texts{"CMD-SHELL", "a b"}));
  const auto config =
      build({"--health-interval=1m30s", "--health-timeout", "500ms", "--health-retries=2", "--health-start-period",
             "10s", "--health-start-interval", "1s", "--health-on-failure=stop", "i"});
  EXPECT_EQ(config.health_check, (oci::HealthCheck{{}, 90 * kSecond, kSecond / 2, 10 * kSecond, kSecond, 2}));
  EXPECT_EQ(config.health_on_failure, "stop");
  EXPECT_EQ(build({"--no-healthcheck", "i"}).health_check->test, Texts{"NONE"});
  EXPECT_FALSE(build({"--no-healthcheck=false", "i"}).health_check);
  const Refusal refusals[] = {
      {{"--no-healthcheck", "--health-cmd", "x"}, "--no-healthcheck conflicts with --health-* options"},
      {{"--health-interval", "-1s"}, "--health-interval cannot be negative"},
      {{"--health-timeout", "-1s"}, "--health-timeout cannot be negative"},
      {{"--health-retries", "-1"}, "--health-retries cannot be negative"},
      {{"--health-start-period", "-1ms"}, "--health-start-period cannot be negative"},
      {{"--health-start-interval", "-1h"}, "--health-start-interval cannot be negative"},
      {{"--health-interval", "5"},
       "invalid argument \"5\" for \"--health-interval\" flag: time: invalid duration \"5\""},
      {{"--health-interval", "-x"},
       "invalid argument \"-x\" for \"--health-interval\" flag: time: invalid duration \"-x\""},
  };
  for (const Refusal& refusal : refusals) EXPECT_EQ(failure(refusal.words), refusal.text);
}

TEST(ContainerOptions, EnvironmentInDockersOrder) {
  char path[] = "/tmp/minidock-env-XXXXXX";
  Fd(mkstemp(path)).reset();
  write_file(AT_FDCWD, path, "\xEF\xBB\xBF# comment\n  A=1\n\nB=with # hash \nHOME_OF_NOBODY\nC='q'\r\n");
  setenv("MINIDOCK_TEST_COPIED", "value", 1);
  unsetenv("HOME_OF_NOBODY");
  const auto config = build({"-e", "MINIDOCK_TEST_COPIED", "-e", "A=2", "--env-file", path, "i"});
  EXPECT_EQ(config.env, (Texts{"A=2", "B=with # hash ", "C='q'", "MINIDOCK_TEST_COPIED=value"}));
  write_file(AT_FDCWD, path, "GOOD=1\nbad name=2\n");
  EXPECT_EQ(failure({"--env-file", path}), cat(path, ":2: variable 'bad name' contains whitespaces"));
  write_file(AT_FDCWD, path, "=2\n");
  EXPECT_EQ(failure({"--env-file", path}), cat(path, ":1: no variable name on line '=2'"));
  discard_file(AT_FDCWD, path);
}

TEST(ContainerOptions, CpusBecomeAQuota) {
  const auto config = build({"--cpus", "0.5", "i"});
  EXPECT_EQ(config.nano_cpus, 500'000'000u);
  EXPECT_EQ(config.resources.cpu_period, 100'000u);
  EXPECT_EQ(config.resources.cpu_quota, 50'000);
}

TEST(ContainerOptions, LabelsOfFilesYield) {
  char path[] = "/tmp/minidock-label-XXXXXX";
  Fd(mkstemp(path)).reset();
  write_file(AT_FDCWD, path, "a=file\nb=file\n");
  const auto config = build({"-l", "a=line", "--label-file", path, "-l", "empty", "i"});
  EXPECT_EQ(config.labels, (std::map<std::string, std::string>{{"a", "line"}, {"b", "file"}, {"empty", ""}}));
  discard_file(AT_FDCWD, path);
}

TEST(ContainerOptions, NoImageIsAStatusOfItsOwn) {
  try {
    build({"-it"});
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "'minidock run' requires at least 1 argument");
    EXPECT_EQ(error.status(), 1);
  }
}

}  // namespace
}  // namespace minidock::cli
