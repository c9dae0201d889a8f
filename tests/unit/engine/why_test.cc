#include "engine/why.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace minidock::engine {
namespace {

using ::testing::HasSubstr;

std::string text_of(const ContainerView& view, const EndFacts& facts = {}) {
  std::string out;
  for (const std::string& line : explain_state(view, facts, 7200 * kSecond)) out += line + "\n";
  return out;
}

ContainerView ended(int code) {
  ContainerView view;
  view.row.name = "web";
  view.row.config_json = "{}";
  view.state = ContainerState::exited;
  view.exit_code = code;
  view.finished = 3600 * kSecond;
  return view;
}

TEST(Why, StatusesOfACommand) {
  EXPECT_EQ(text_of(ended(0)),
            "web exited with status 0 About an hour ago\nits command came to its end, with success\n");
  EXPECT_THAT(text_of(ended(7)), HasSubstr("what the status means is the command's"));
  EXPECT_THAT(text_of(ended(127)), HasSubstr("a program that was not found"));
}

TEST(Why, Signals) {
  EXPECT_THAT(text_of(ended(137)), HasSubstr("web was ended by SIGKILL (status 137)"));
  EXPECT_THAT(text_of(ended(137)), HasSubstr("the memory limit was not the cause"));
  EXPECT_THAT(text_of(ended(139)), HasSubstr("SIGSEGV"));
  EXPECT_THAT(text_of(ended(159)), HasSubstr("seccomp"));
  EXPECT_THAT(text_of(ended(255)), HasSubstr("exited with status 255")) << "beyond every signal";
}

TEST(Why, Memory) {
  ContainerView view = ended(137);
  view.oom_killed = true;
  EndFacts facts;
  facts.record.memory_limit = 64 << 20;
  facts.record.memory_peak = 63 << 20;
  EXPECT_THAT(text_of(view, facts), HasSubstr("its memory limit was reached: limit 64MiB, peak 63MiB"));
  view.exit_code = 1;
  EXPECT_THAT(text_of(view, facts), HasSubstr("one of its processes was killed: its memory limit"));
  facts.record.memory_limit = 0;
  EXPECT_THAT(text_of(view, facts), HasSubstr("the host ran out of memory"));
}

TEST(Why, StartsThatFailed) {
  ContainerView view = ended(127);
  view.state = ContainerState::created;
  view.error = "exec: \"nope\": executable file not found in $PATH";
  EndFacts facts;
  facts.diagnosis = "install it";
  EXPECT_EQ(text_of(view, facts),
            "web could not be started (status 127): exec: \"nope\": executable file not found in $PATH\ninstall it\n");
}

TEST(Why, HealthChecks) {
  ContainerView view;
  view.row.name = "web";
  view.row.config_json = "{}";
  view.state = ContainerState::running;
  view.set_health(Health{HealthStatus::healthy, 0, {{1, 2, 0, "ok"}}, ""});
  EXPECT_EQ(text_of(view), "web is running, since 2 hours\n");
  view.set_health(Health{HealthStatus::unhealthy, 3, {{1, 2, 0, "ok"}, {3, 4, 7, "no answer\nat all"}}, ""});
  EXPECT_EQ(text_of(view),
            "web is running, since 2 hours\nit is unhealthy: its health check has failed 3 times in a row; the last "
            "check ended with status 7: no answer\n");
  view = ended(143);
  view.set_health(Health{HealthStatus::unhealthy, 1, {{1, 2, 1, ""}}, "stop"});
  EXPECT_THAT(text_of(view), HasSubstr("its health check had failed 1 times in a row, for which --health-on-failure "
                                       "stop ended it; the last check ended with status 1\n"));
}

TEST(Usage, PercentOfOneProcessor) {
  ContainerUsage before, after;
  before.taken = kSecond;
  after.taken = 3 * kSecond;
  after.cpu_time = 3 * kSecond;
  EXPECT_DOUBLE_EQ(cpu_percent(before, after), 150);
  EXPECT_DOUBLE_EQ(cpu_percent(after, before), 0);
  after.taken = before.taken;
  EXPECT_DOUBLE_EQ(cpu_percent(before, after), 0) << "no time passed";
}

}  // namespace
}  // namespace minidock::engine
