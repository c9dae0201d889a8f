#include "engine/container_config.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace minidock::engine {
namespace {

using Words = std::vector<std::string>;

MountOption full_mount() {
  return {"tmpfs",  "s",        "/t",  true,         true,       true,       true,         true,           true,
          "rslave", "disabled", "sub", "uids=0-1-2", "sha256:1", {"size=1"}, {{"k", "v"}}, {{"o", "bind"}}};
}

ContainerConfig full_config() {
  ContainerConfig config;
  config.image = "ubuntu";
  config.args = {"sh", "-c", "true"};
  config.entrypoint = "";
  config.env = {"A=1"};
  config.working_dir = "/w";
  config.user = "me";
  config.hostname = "h";
  config.domainname = "d";
  config.stop_signal = "INT";
  config.stop_timeout = -1;
  config.add_groups = {"wheel"};
  config.labels = {{"k", "v"}};
  config.tty = config.open_stdin = config.auto_remove = config.init = config.read_only = config.privileged = true;
  config.mounts = {full_mount()};
  config.network = "host";
  config.pid_mode = config.ipc_mode = config.uts_mode = config.cgroupns_mode = "host";
  config.cap_add = {"ALL"};
  config.cap_drop = {"CHOWN"};
  config.security_options = {"seccomp={\"a\":1}"};
  config.ulimits = {{"nofile", 1, -1}};
  config.devices = {"/dev/fuse"};
  config.dns = {"1.1.1.1"};
  config.dns_search = {"."};
  config.dns_options = {"ndots:1"};
  config.add_hosts = {"a:1.2.3.4"};
  config.sysctls = {{"net.x", "1"}};
  config.resources.memory_limit = 1;
  config.resources.memory_swap = -1;
  config.resources.memory_reservation = 2;
  config.resources.memory_swappiness = 3;
  config.resources.disable_oom_killer = true;
  config.resources.cpu_shares = 4;
  config.resources.cpu_period = 5;
  config.resources.cpu_quota = -1;
  config.resources.cpuset_cpus = "0";
  config.resources.cpuset_mems = "1";
  config.resources.pids_limit = 0;
  config.resources.blkio_weight = 10;
  config.resources.unified = {{"memory.high", "1"}};
  config.shm_size = 7;
  config.oom_score_adj = -8;
  config.umask = 022;
  config.nano_cpus = 9;
  config.log_driver = "none";
  config.log_options = {{"max-size", "1m"}};
  config.detach_keys = "ctrl-a";
  config.health_check = oci::HealthCheck{{"CMD-SHELL", "a"}, 1, 2, 3, 4, 5};
  config.health_on_failure = "stop";
  config.rows = 24;
  config.columns = 80;
  config.image_defaults.cmd = {{"bash"}};
  config.image_defaults.labels = {{"from", "image"}};
  return config;
}

// All optional limits, names and switches of full_config() differ from their defaults; so a field that one of the
// two directions forgets changes the second text.
TEST(ContainerConfigJson, EveryFieldGoesThereAndBack) {
  const std::string once = to_json(full_config());
  EXPECT_EQ(to_json(parse_container_config(once)), once);
  const ContainerConfig parsed = parse_container_config(once);
  EXPECT_EQ(parsed.entrypoint, "") << "an empty entrypoint is not the same as none";
  EXPECT_EQ(parsed.resources.pids_limit, 0);
  EXPECT_EQ(parsed.stop_timeout, -1);
  EXPECT_EQ(parsed.mounts.at(0).options, Words{"size=1"});
  EXPECT_EQ(parsed.image_defaults, full_config().image_defaults);
  EXPECT_EQ(parsed.health_check, full_config().health_check);
  EXPECT_EQ(parsed.health_on_failure, "stop");
  for (const char* key :
       {"args", "tty", "columns", "detach_keys", "unified", "blkio_weight", "anonymous", "umask", "nano_cpus",
        "log_options", "sysctls", "dns_options", "cgroupns_mode", "security_options", "privileged"}) {
    EXPECT_NE(once.find(std::string("\"") + key + "\""), std::string::npos) << key;
  }
}

TEST(ContainerConfigJson, DefaultsGoThereAndBack) {
  const ContainerConfig parsed = parse_container_config(to_json(ContainerConfig()));
  EXPECT_EQ(parsed.network, "none");
  EXPECT_EQ(parsed.log_driver, "local");
  EXPECT_EQ(parsed.restart, RestartPolicy());
  EXPECT_EQ(parsed.health_check, std::nullopt);
  EXPECT_EQ(parsed.health_on_failure, "none");
  EXPECT_EQ(parsed.entrypoint, std::nullopt);
  EXPECT_EQ(parsed.stop_timeout, std::nullopt);
}

TEST(ContainerConfigJson, DamageIsCorruption) {
  try {
    parse_container_config(R"({"mounts":[{"target":3}]})");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::corrupt);
    EXPECT_STREQ(error.what(), "container record: mounts[0].target: expected string");
  }
}

ContainerConfig with_image(std::optional<Words> entrypoint, std::optional<Words> cmd) {
  ContainerConfig config;
  config.image_defaults.entrypoint = std::move(entrypoint);
  config.image_defaults.cmd = std::move(cmd);
  return config;
}

TEST(CommandLine, FollowsDockersRules) {
  ContainerConfig config = with_image({{"/init", "-x"}}, {{"serve"}});
  EXPECT_EQ(command_line(config), (Words{"/init", "-x", "serve"}));
  config.args = {"other", "arg"};
  EXPECT_EQ(command_line(config), (Words{"/init", "-x", "other", "arg"}));
  config.entrypoint = "/bin/my init";
  EXPECT_EQ(command_line(config), (Words{"/bin/my init", "other", "arg"})) << "one word, never split";
  config.args.clear();
  EXPECT_EQ(command_line(config), (Words{"/bin/my init"})) << "--entrypoint sets the image's CMD aside";
  config.entrypoint = "";
  config.args = {"sh"};
  EXPECT_EQ(command_line(config), (Words{"sh"}));
  EXPECT_EQ(command_line(with_image(std::nullopt, {{"bash"}})), (Words{"bash"}));
  EXPECT_EQ(command_line(with_image(Words(), {{"bash"}})), (Words{"bash"}));
}

TEST(CommandLine, NothingToRunIsRefused) {
  ContainerConfig reset = with_image({{"/init"}}, {{"serve"}});
  reset.entrypoint = "";
  for (const ContainerConfig& config : {ContainerConfig(), with_image(Words(), Words()), reset}) {
    EXPECT_THROW(
        try { command_line(config); } catch (const Error& error) {
          EXPECT_STREQ(error.what(), "No command specified");
          throw;
        },
        Error);
  }
}

TEST(Environment, LaterWinsAndNothingComesFromTheHost) {
  ContainerConfig config;
  config.tty = true;
  config.image_defaults.env = {"PATH=/image", "A=1", "SECRET", "=x", "TERM=vt100"};
  config.env = {"A=2", "B=3", "PATHS=/x"};
  Words skipped;
  EXPECT_EQ(environment(config, "web", &skipped),
            (Words{"PATH=/image", "HOSTNAME=web", "TERM=vt100", "A=2", "B=3", "PATHS=/x"}));
  EXPECT_EQ(skipped, (Words{"SECRET", "=x"}));
  EXPECT_EQ(environment(ContainerConfig(), ""),
            (Words{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}));
}

TEST(Defaults, TheUsersWordsComeFirst) {
  ContainerConfig config;
  EXPECT_EQ(working_dir(config), "/");
  EXPECT_EQ(stop_signal(config), "SIGTERM");
  EXPECT_EQ(user(config), "");
  config.image_defaults.working_dir = "srv/../app";
  config.image_defaults.user = "www";
  config.image_defaults.stop_signal = "SIGQUIT";
  config.image_defaults.labels = {{"a", "image"}, {"b", "image"}};
  config.labels = {{"a", "mine"}};
  EXPECT_EQ(working_dir(config), "/app");
  EXPECT_EQ(user(config), "www");
  EXPECT_EQ(stop_signal(config), "SIGQUIT");
  EXPECT_EQ(labels(config), (std::map<std::string, std::string>{{"a", "mine"}, {"b", "image"}}));
  config.user = "0";
  config.working_dir = "/w";
  config.stop_signal = "9";
  EXPECT_EQ(working_dir(config), "/w");
  EXPECT_EQ(user(config), "0");
  EXPECT_EQ(stop_signal(config), "9");
}

TEST(Defaults, HostnameIsTheShortIdUnlessGiven) {
  ContainerConfig config;
  const std::string id = "0123456789abcdef";
  EXPECT_EQ(hostname(config, id), "0123456789ab");
  config.hostname = "web";
  EXPECT_EQ(hostname(config, id), "web");
  config.uts_mode = "host";
  EXPECT_EQ(hostname(config, id), "");
}

}  // namespace
}  // namespace minidock::engine
