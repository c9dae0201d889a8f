#include "cli/detach_keys.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace minidock::cli {
namespace {

TEST(DetachKeys, HoldsBackAndLetsGo) {
  EXPECT_EQ(parse_detach_keys(""), "\x10\x11");
  EXPECT_EQ(parse_detach_keys("ctrl-a,b,ctrl-["),
            "\x01"
            "b\x1b");
  EXPECT_THROW(parse_detach_keys("ctrl-1"), Error);
  EXPECT_THROW(parse_detach_keys("a,,b"), Error);
  DetachKeys keys(parse_detach_keys(""));
  EXPECT_EQ(keys.filter("ls\x10"), "ls");
  EXPECT_EQ(keys.filter("x"), "\x10x");
  EXPECT_EQ(keys.filter("\x10\x10"), "\x10");
  EXPECT_FALSE(keys.detached());
  EXPECT_EQ(keys.filter("\x11 rest"), "");
  EXPECT_TRUE(keys.detached());
}

}  // namespace
}  // namespace minidock::cli
