#include "store/archive/path.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace minidock::store {
namespace {

TEST(Path, IsCleaned) {
  EXPECT_EQ(clean_path("a/b"), "a/b");
  EXPECT_EQ(clean_path("/a//b/"), "a/b");
  EXPECT_EQ(clean_path("./a/./b/../c"), "a/c");
  EXPECT_EQ(clean_path("a/.."), "");
  EXPECT_EQ(clean_path("."), "");
  EXPECT_EQ(clean_path("/"), "");
  EXPECT_EQ(clean_path("..a/...b"), "..a/...b");
}

TEST(Path, LeadingOutIsFound) {
  for (const char* name : {"..", "/..", "a/../..", "../a", "./../a", "a/b/../../../c"}) {
    EXPECT_EQ(clean_path(name), std::nullopt) << name;
  }
}

TEST(Path, Limits) {
  const UnpackLimits limits;
  EXPECT_NO_THROW(check_path_limits(std::string(255, 'a') + "/b", limits));
  EXPECT_THROW(check_path_limits("b/" + std::string(256, 'a'), limits), Error);
  EXPECT_THROW(check_path_limits(std::string(4096, 'a'), limits), Error);
  std::string deep = "d";
  for (int i = 1; i < 1024; ++i) deep += "/d";
  EXPECT_NO_THROW(check_path_limits(deep, limits));
  EXPECT_THROW(check_path_limits(deep + "/d", limits), Error);
}

TEST(Path, PartsAndDisplay) {
  EXPECT_EQ(parent_of("a/b/c"), "a/b");
  EXPECT_EQ(parent_of("a"), "");
  EXPECT_EQ(leaf_of("a/b"), "b");
  EXPECT_EQ(leaf_of("a"), "a");
  EXPECT_EQ(shown("a\nb"), "a\\nb");
  EXPECT_EQ(shown(std::string(4000, 'x')), std::string(60, 'x') + "..." + std::string(60, 'x'));
}

}  // namespace
}  // namespace minidock::store
