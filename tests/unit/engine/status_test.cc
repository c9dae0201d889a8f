#include <gtest/gtest.h>

#include "engine/engine.h"

namespace minidock::engine {
namespace {

TEST(Status, ReadsAsDockers) {
  ContainerView view;
  view.row.config_json = "{}";
  const Nanoseconds now = 10'000 * kSecond;
  EXPECT_EQ(view.status(now), "Created");
  view.state = ContainerState::running;
  view.started = now - 5 * kSecond;
  EXPECT_EQ(view.status(now), "Up 5 seconds");
  view.started = now - kSecond / 2;
  EXPECT_EQ(view.status(now), "Up Less than a second");
  Health health;
  view.set_health(health);
  EXPECT_EQ(view.status(now), "Up Less than a second (health: starting)");
  health.status = HealthStatus::healthy;
  view.set_health(health);
  EXPECT_EQ(view.status(now), "Up Less than a second (healthy)");
  health.status = HealthStatus::unhealthy;
  view.set_health(health);
  EXPECT_EQ(view.status(now), "Up Less than a second (unhealthy)");
  view.state = ContainerState::paused;
  EXPECT_EQ(view.status(now), "Up Less than a second (Paused)");
  EXPECT_TRUE(view.is_up());
  view.state = ContainerState::exited;
  EXPECT_FALSE(view.is_up());
  view.exit_code = 137;
  view.finished = now - 7200 * kSecond;
  EXPECT_EQ(view.status(now), "Exited (137) 2 hours ago");
  view.finished = 0;
  EXPECT_EQ(view.status(now), "Exited (137)") << "nobody saw the end";
  view.state = ContainerState::dead;
  EXPECT_EQ(view.status(now), "Dead");
}

TEST(Status, NamesAreDockers) {
  EXPECT_STREQ(state_name(ContainerState::created), "created");
  EXPECT_STREQ(state_name(ContainerState::running), "running");
  EXPECT_STREQ(state_name(ContainerState::paused), "paused");
  EXPECT_STREQ(state_name(ContainerState::exited), "exited");
  EXPECT_STREQ(state_name(ContainerState::dead), "dead");
}

}  // namespace
}  // namespace minidock::engine
