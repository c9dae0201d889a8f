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

TEST(GoDuration, IsWrittenAsGoDoes) {
  for (const char* text : {"0s", "1ns", "1.5ms", "250ms", "1s", "3s", "1.5s", "1m30s", "1m0s", "2h0m0.25s", "100h0m1s"})
    EXPECT_EQ(go_duration(parse_go_duration(text)), text);
  EXPECT_EQ(go_duration(1500), "1.5\xc2\xb5s");
  EXPECT_EQ(go_duration(kSecond + 1), "1.000000001s");
}

}  // namespace
}  // namespace minidock::oci
