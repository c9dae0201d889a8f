#include "monitor/probe_rule.h"

#include <gtest/gtest.h>

namespace minidock::monitor {
namespace {

TEST(ProbeRule, TheShortIntervalIsForOneThatStartsAndIsYoung) {
  const ProbeTimes times{30, 5, 100};
  EXPECT_EQ(probe_delay(times, true, 0), 5);
  EXPECT_EQ(probe_delay(times, true, 99), 5);
  EXPECT_EQ(probe_delay(times, true, 100), 30);
  EXPECT_EQ(probe_delay(times, false, 0), 30) << "it has been healthy";
  EXPECT_EQ(probe_delay({30, 5, 0}, true, 0), 30) << "no start period";
}

}  // namespace
}  // namespace minidock::monitor
