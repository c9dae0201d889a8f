#include "engine/health.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace minidock::engine {
namespace {

using Words = std::vector<std::string>;

oci::HealthCheck rules(int retries, Nanoseconds start_period = 0) {
  oci::HealthCheck check;
  check.test = {"CMD", "true"};
  check.retries = retries;
  check.start_period = start_period;
  return check;
}

HealthStep after(const Health& health, int exit_code, const oci::HealthCheck& check, Nanoseconds age = kSecond) {
  ProbeResult result;
  result.exit_code = exit_code;
  return take_result(health, result, check, age);
}

TEST(Health, ASuccessIsHealthyAtOnce) {
  const HealthStep first = after({}, 0, rules(3));
  EXPECT_EQ(first.health.status, HealthStatus::healthy);
  EXPECT_TRUE(first.changed);
  EXPECT_FALSE(after(first.health, 0, rules(3)).changed);
}

TEST(Health, FailuresInARowMakeItUnhealthy) {
  HealthStep step = after({}, 0, rules(3));
  for (int i = 1; i <= 2; ++i) {
    step = after(step.health, 1, rules(3));
    EXPECT_EQ(step.health.status, HealthStatus::healthy) << i;
    EXPECT_FALSE(step.changed);
  }
  step = after(step.health, -1, rules(3));
  EXPECT_EQ(step.health.status, HealthStatus::unhealthy);
  EXPECT_EQ(step.health.failing_streak, 3);
  EXPECT_TRUE(step.changed);
  step = after(step.health, 1, rules(3));
  EXPECT_EQ(step.health.failing_streak, 4);
  EXPECT_FALSE(step.changed);
  step = after(step.health, 0, rules(3));
  EXPECT_EQ(step.health.status, HealthStatus::healthy);
  EXPECT_EQ(step.health.failing_streak, 0);
  EXPECT_TRUE(step.changed);
}

TEST(Health, ASuccessInBetweenBeginsTheCountAnew) {
  Health health;
  for (const int code : {1, 1, 0, 1, 1}) health = after(health, code, rules(3)).health;
  EXPECT_EQ(health.status, HealthStatus::healthy);
  EXPECT_EQ(health.failing_streak, 2);
}

TEST(Health, FailuresOfTheStartPeriodDoNotCount) {
  const oci::HealthCheck check = rules(1, 10 * kSecond);
  HealthStep step = after({}, 1, check, 9 * kSecond);
  EXPECT_EQ(step.health.status, HealthStatus::starting);
  EXPECT_EQ(step.health.failing_streak, 0);
  EXPECT_EQ(step.health.log.size(), 1u) << "but they are on record";
  EXPECT_EQ(after(step.health, 1, check, 10 * kSecond).health.status, HealthStatus::unhealthy);
  step = after(step.health, 0, check, 5 * kSecond);
  EXPECT_EQ(after(step.health, 1, check, 6 * kSecond).health.status, HealthStatus::unhealthy)
      << "a success ends the period";
}

TEST(Health, TheLastFiveResultsAreKept) {
  Health health;
  for (int code = 1; code <= 7; ++code) health = after(health, code, rules(3)).health;
  ASSERT_EQ(health.log.size(), 5u);
  EXPECT_EQ(health.log.front().exit_code, 3);
  EXPECT_EQ(health.log.back().exit_code, 7);
}

TEST(Health, OptionsGoOverTheImagesFieldByField) {
  ContainerConfig config;
  EXPECT_FALSE(asked_health_check(config));
  config.image_defaults.health_check = oci::HealthCheck{{"CMD", "a"}, 2 * kSecond, 3 * kSecond, 4, 5, 6};
  EXPECT_EQ(asked_health_check(config), config.image_defaults.health_check);
  config.health_check = oci::HealthCheck{{}, 7 * kSecond, 0, 0, 0, 0};
  EXPECT_EQ(asked_health_check(config), (oci::HealthCheck{{"CMD", "a"}, 7 * kSecond, 3 * kSecond, 4, 5, 6}));
  config.health_check = oci::HealthCheck{{"CMD-SHELL", "b"}, 0, kSecond, 0, 0, 9};
  EXPECT_EQ(asked_health_check(config), (oci::HealthCheck{{"CMD-SHELL", "b"}, 2 * kSecond, kSecond, 4, 5, 9}));
  config.health_check = oci::HealthCheck{{"NONE"}, 0, 0, 0, 0, 0};
  EXPECT_EQ(asked_health_check(config)->test, Words{"NONE"});
  EXPECT_FALSE(health_check(config));
}

TEST(Health, DefaultsAreDockers) {
  ContainerConfig config;
  config.health_check = oci::HealthCheck{{"CMD-SHELL", "true"}, 0, 0, 0, 0, 0};
  EXPECT_EQ(health_check(config),
            (oci::HealthCheck{{"CMD-SHELL", "true"}, 30 * kSecond, 30 * kSecond, 0, 5 * kSecond, 3}));
}

// An image is data of a stranger.
TEST(Health, AnImagesNonsenseIsNotRun) {
  ContainerConfig config;
  config.image_defaults.health_check = oci::HealthCheck{{"CMD", "a"}, 1, -5, -kSecond, INT64_MAX, -3};
  const auto check = health_check(config);
  ASSERT_TRUE(check);
  EXPECT_EQ(check->interval, 30 * kSecond) << "a nanosecond";
  EXPECT_EQ(check->timeout, 30 * kSecond);
  EXPECT_EQ(check->start_period, 0);
  EXPECT_LT(check->start_interval, INT64_MAX / 2) << "sums of it stay numbers";
  EXPECT_EQ(check->retries, 3);
  for (const Words& test : {Words{}, Words{"NONE"}, Words{"HTTP", "x"}}) {
    config.image_defaults.health_check->test = test;
    EXPECT_FALSE(health_check(config));
  }
}

TEST(Health, TheCommandOfEachForm) {
  ContainerConfig config;
  const auto command = [&config](const Words& test) {
    oci::HealthCheck check;
    check.test = test;
    return probe_command(check, config);
  };
  EXPECT_EQ(command({"CMD", "a", "b c"}), (Words{"a", "b c"}));
  EXPECT_EQ(command({"CMD-SHELL", "a b"}), (Words{"/bin/sh", "-c", "a b"}));
  config.image_defaults.shell = {"bash", "-ec"};
  EXPECT_EQ(command({"CMD-SHELL", "a b"}), (Words{"bash", "-ec", "a b"}));
  EXPECT_THROW(command({"CMD"}), Error);
}

TEST(Health, ActionsHaveNames) {
  for (const char* known : {"none", "kill", "restart", "stop"}) EXPECT_NO_THROW(check_failure_action(known));
  try {
    check_failure_action("pause");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "invalid on-failure action \"pause\" for health check: supported actions are none,kill,restart,stop");
  }
}

TEST(ProbeOutput, IsCutWhereDockerCuts) {
  ProbeOutput output;
  output.add(std::string(4000, 'a'));
  output.add(std::string(96, 'b'));
  EXPECT_EQ(output.text().size(), 4096u);
  output.add("c");
  EXPECT_EQ(output.text(), cat(std::string(4000, 'a'), std::string(96, 'b'), "..."));
}

class HealthFile : public ::testing::Test {
 protected:
  HealthFile() {
    char name[] = "/tmp/minidock-health-XXXXXX";
    path_ = mkdtemp(name);
    run_.pid = 42;
    run_.start_time = 4711;
  }
  ~HealthFile() override { discard_tree(AT_FDCWD, path_); }
  std::string path_;
  monitor::RunState run_;
};

TEST_F(HealthFile, ReadsBack) {
  EXPECT_FALSE(find_health(path_, run_));
  Health health{HealthStatus::unhealthy, 3, {{1, 2, 0, "fine"}, {3, 4, -1, "no \xff\x01\n"}}, "stop"};
  write_health(path_, run_, health);
  const auto found = find_health(path_, run_);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->status, HealthStatus::unhealthy);
  EXPECT_EQ(found->failing_streak, 3);
  EXPECT_EQ(found->action, "stop");
  ASSERT_EQ(found->log.size(), 2u);
  EXPECT_EQ(found->log[0].output, "fine");
  EXPECT_EQ(found->log[1].start, 3);
  EXPECT_EQ(found->log[1].end, 4);
  EXPECT_EQ(found->log[1].exit_code, -1);
  EXPECT_EQ(found->log[1].output, "no \xef\xbf\xbd\x01\n") << "as Go writes what is not UTF-8";
  EXPECT_EQ(list_dir(AT_FDCWD, path_), Words{"health"});
}

TEST_F(HealthFile, OfAnotherRunSaysNothing) {
  write_health(path_, run_, Health{HealthStatus::healthy, 0, {}, ""});
  run_.start_time = 4712;
  EXPECT_FALSE(find_health(path_, run_));
}

TEST_F(HealthFile, TheLongestOutputsFit) {
  Health health;
  for (int i = 0; i < 5; ++i) health.log.push_back({1, 2, 1, std::string(4096, '\x01')});
  write_health(path_, run_, health);
  EXPECT_EQ(find_health(path_, run_)->log.size(), 5u);
}

}  // namespace
}  // namespace minidock::engine
