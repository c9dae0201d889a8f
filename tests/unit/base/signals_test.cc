#include "base/signals.h"

#include <gtest/gtest.h>

#include <csignal>

#include "base/error.h"

namespace minidock {
namespace {

TEST(ParseSignal, NamesAndNumbers) {
  EXPECT_EQ(parse_signal("KILL"), SIGKILL);
  EXPECT_EQ(parse_signal("SIGKILL"), SIGKILL);
  EXPECT_EQ(parse_signal("sigterm"), SIGTERM);
  EXPECT_EQ(parse_signal("9"), SIGKILL);
  EXPECT_EQ(parse_signal("WINCH"), SIGWINCH);
  EXPECT_EQ(parse_signal("RTMIN"), SIGRTMIN);
  EXPECT_EQ(parse_signal("SIGRTMIN+3"), SIGRTMIN + 3);
  EXPECT_EQ(parse_signal("RTMAX-1"), SIGRTMAX - 1);
}

TEST(ParseSignal, RefusesAsDockerDoes) {
  for (const std::string bad : {"FOO", "", "SIG", "0", "-1", "65", "9 ", "RTMIN-1", "RTMAX+1", "RTMIN+", "RTMIN+99"}) {
    try {
      ADD_FAILURE() << bad << " became " << parse_signal(bad);
    } catch (const Error& error) {
      EXPECT_EQ(error.what(), "Invalid signal: " + bad);
    }
  }
}

}  // namespace
}  // namespace minidock
