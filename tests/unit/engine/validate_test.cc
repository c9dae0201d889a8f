#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"
#include "engine/container_config.h"

namespace minidock::engine {
namespace {

ContainerConfig good_config() {
  ContainerConfig config;
  config.args = {"true"};
  return config;
}

std::string refusal(const std::function<void(ContainerConfig&)>& change) {
  ContainerConfig config = good_config();
  change(config);
  try {
    validate(config);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

MountOption tmpfs(const std::string& target) {
  MountOption mount;
  mount.type = "tmpfs";
  mount.target = target;
  return mount;
}

TEST(Validate, AGoodConfigPasses) {
  EXPECT_NO_THROW(validate(good_config()));
}

TEST(Validate, RefusesInDockersWords) {
  using C = ContainerConfig;
  EXPECT_EQ(refusal([](C& c) { c.args.clear(); }), "No command specified");
  EXPECT_EQ(refusal([](C& c) { c.env = {"=x"}; }), "invalid environment variable: =x");
  EXPECT_EQ(refusal([](C& c) { c.env = {"K"}; }), "invalid environment variable: K");
  EXPECT_EQ(refusal([](C& c) { c.working_dir = "rel"; }),
            "the working directory 'rel' is invalid, it needs to be an absolute path");
  EXPECT_EQ(refusal([](C& c) { c.stop_signal = "FOO"; }), "Invalid signal: FOO");
  EXPECT_EQ(refusal([](C& c) { c.uts_mode = "host", c.hostname = "x"; }),
            "conflicting options: hostname and the UTS mode");
  EXPECT_EQ(refusal([](C& c) { c.mounts = {tmpfs("/a"), tmpfs("/b/../a")}; }), "Duplicate mount point: /a");
  EXPECT_EQ(refusal([](C& c) { c.mounts = {tmpfs("//")}; }), "invalid specification: destination can't be '/'");
  EXPECT_EQ(refusal([](C& c) { c.mounts = {tmpfs("a")}; }),
            "invalid mount config for type \"tmpfs\": invalid mount path: 'a' mount path must be absolute");
  EXPECT_EQ(refusal([](C& c) {
              c.ulimits = {{"nofile", 10, 5}};
            }),
            "ulimit soft limit must be less than or equal to hard limit: 10 > 5");
  EXPECT_EQ(refusal([](C& c) {
              c.ulimits = {{"nofile", -1, 5}};
            }),
            "ulimit soft limit must be less than or equal to hard limit: -1 > 5");
  EXPECT_EQ(refusal([](C& c) { c.oom_score_adj = 1001; }),
            "Invalid value 1001, range for oom score adj is [-1000, 1000]");
  EXPECT_EQ(refusal([](C& c) { c.security_options = {"foo"}; }), "Invalid --security-opt: \"foo\"");
  EXPECT_EQ(refusal([](C& c) { c.resources.memory_swap = 1; }),
            "You should always set the Memory limit when using Memoryswap limit, see usage");
  EXPECT_EQ(refusal([](C& c) { c.resources.memory_limit = 2, c.resources.memory_swap = 1; }),
            "Minimum memoryswap limit should be larger than memory limit, see usage");
  const auto health = [](C& c) -> oci::HealthCheck& { return c.health_check.emplace(); };
  EXPECT_EQ(refusal([&](C& c) { health(c).interval = 1; }), "Interval in Healthcheck cannot be less than 1ms");
  EXPECT_EQ(refusal([&](C& c) { health(c).timeout = -1; }), "Timeout in Healthcheck cannot be less than 1ms");
  EXPECT_EQ(refusal([&](C& c) { health(c).start_period = 999'999; }),
            "StartPeriod in Healthcheck cannot be less than 1ms");
  EXPECT_EQ(refusal([&](C& c) { health(c).start_interval = 1; }),
            "StartInterval in Healthcheck cannot be less than 1ms");
  EXPECT_EQ(refusal([&](C& c) { health(c).retries = -1; }), "Retries in Healthcheck cannot be negative");
  EXPECT_EQ(refusal([&](C& c) { c.health_on_failure = "kill"; }),
            "cannot set on-failure action to kill without a health check");
  EXPECT_EQ(refusal([](C& c) { c.networks = {{"web"}, {"web"}}; }), "network \"web\" is specified multiple times");
  EXPECT_EQ(refusal([](C& c) { c.networks = {{"web", {}, "", "", "1:2"}}; }), "1:2 is not a valid mac address");
  EXPECT_EQ(refusal([](C& c) {
              c.networks = {{"bridge", {}, "10.1.1.1"}};
            }),
            "user specified IP address is supported on user defined networks only");
  EXPECT_EQ(refusal([](C& c) {
              c.networks = {{"bridge", {"db"}}};
            }),
            "network-scoped alias is supported only for containers in user defined networks");
  EXPECT_EQ(refusal([](C& c) {
              c.network = "container:web";
              c.publish_all = true;
            }),
            "conflicting options: port publishing and the container type network mode");
}

TEST(Validate, ImagesMayNotCoverSystemDirectories) {
  for (const char* path : {"/proc", "/proc/self", "/sys/", "/../dev", "/"}) {
    const std::string text = refusal([&](ContainerConfig& c) { c.image_defaults.volumes = {path}; });
    EXPECT_NE(text.find("where no image may put one"), std::string::npos) << path << ": " << text;
  }
  EXPECT_EQ(refusal([](ContainerConfig& c) { c.image_defaults.volumes = {"/process", "/data"}; }), "accepted");
  EXPECT_EQ(refusal([](ContainerConfig& c) { c.mounts = {tmpfs("/proc/x")}; }), "accepted") << "the user may";
}

}  // namespace
}  // namespace minidock::engine
