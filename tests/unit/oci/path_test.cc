#include "oci/path.h"

#include <gtest/gtest.h>

namespace minidock::oci {
namespace {

TEST(Path, CleanNeverClimbsAboveTheRoot) {
  EXPECT_EQ(clean_path("", "/../../etc//./x/"), "/etc/x");
  EXPECT_EQ(clean_path("/a", "b/../../../c"), "/c");
  EXPECT_EQ(clean_path("/a", "/b"), "/b");
  EXPECT_EQ(clean_path("/a/b", ""), "/a/b");
  EXPECT_EQ(clean_path("", ""), "/");
}

TEST(Path, WithinComparesWholeNames) {
  EXPECT_TRUE(is_within("/proc", "/proc"));
  EXPECT_TRUE(is_within("/proc/x", "/proc"));
  EXPECT_FALSE(is_within("/process", "/proc"));
  EXPECT_FALSE(is_within("/", "/proc"));
  EXPECT_TRUE(is_within("/anything", "/"));
}

}  // namespace
}  // namespace minidock::oci
