#include <gtest/gtest.h>

#include "oci/health_check.h"
#include "support/refusal.h"

namespace minidock::oci {
namespace {

TEST(GoDuration, UnitsAddUp) {
  EXPECT_EQ(parse_go_duration("5s"), 5 * kSecond);
  EXPECT_EQ(parse_go_duration("1m30s"), 90 * kSecond);
  EXPECT_EQ(parse_go_duration("250ms"), kSecond / 4);
  EXPECT_EQ(parse_go_duration("0.5s"), kSecond / 2);
}

TEST(GoDuration, AnythingElseIsRefused) {
  for (const char* bad : {"", "5", "s", "-1s", "5x", "1s2"})
    EXPECT_NE(refusal_of([&] { parse_go_duration(bad); }), "") << bad;
}

}  // namespace
}  // namespace minidock::oci
