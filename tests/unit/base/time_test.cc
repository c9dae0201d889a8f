#include "base/time.h"

#include <gtest/gtest.h>

namespace minidock {
namespace {

TEST(Time, Rfc3339CutsTrailingZerosAsGoDoes) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(1'500'000'000), "1970-01-01T00:00:01.5Z");
  EXPECT_EQ(rfc3339(1), "1970-01-01T00:00:00.000000001Z");
}

TEST(Time, ParsesWhatItPrintsAndOffsets) {
  for (const Nanoseconds instant : {Nanoseconds{0}, Nanoseconds{1'700'000'000'123'456'789}}) {
    EXPECT_EQ(parse_rfc3339(rfc3339(instant)), instant);
  }
  EXPECT_EQ(parse_rfc3339("1970-01-01T02:00:00+02:00"), 0);
  for (const char* bad : {"", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01T00:00:00Zx", "1970-01-01T00:00:00+1"}) {
    EXPECT_EQ(parse_rfc3339(bad), std::nullopt) << bad;
  }
}

TEST(Time, DurationsAsDockerSaysThem) {
  EXPECT_EQ(human_duration(kSecond / 2), "Less than a second");
  EXPECT_EQ(human_duration(kSecond), "1 second");
  EXPECT_EQ(human_duration(59 * kSecond), "59 seconds");
  EXPECT_EQ(human_duration(60 * kSecond), "About a minute");
  EXPECT_EQ(human_duration(46 * 60 * kSecond), "46 minutes");
  EXPECT_EQ(human_duration(3600 * kSecond), "About an hour");
  EXPECT_EQ(human_duration(47 * 3600 * kSecond), "47 hours");
  EXPECT_EQ(human_duration(3 * 24 * 3600 * kSecond), "3 days");
  EXPECT_EQ(human_duration(15LL * 24 * 3600 * kSecond), "2 weeks");
}

}  // namespace
}  // namespace minidock
