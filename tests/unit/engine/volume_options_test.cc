#include "engine/volume_options.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace minidock::engine {
namespace {

std::string failure(const VolumeOptions& options) {
  try {
    check_volume_options("data", options);
    return "no failure";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(VolumeOptions, WhatIsTaken) {
  EXPECT_EQ(failure({}), "no failure");
  EXPECT_EQ(failure({{"type", "tmpfs"}, {"device", "tmpfs"}}), "no failure");
  EXPECT_EQ(failure({{"type", "none"}, {"device", "/srv"}, {"o", "bind"}}), "no failure");
}

TEST(VolumeOptions, RefusalsAreDockers) {
  EXPECT_EQ(failure({{"foo", "bar"}}), "create data: invalid option: \"foo\"");
  EXPECT_EQ(failure({{"type", "tmpfs"}}), "create data: missing required option: \"device\"");
  EXPECT_EQ(failure({{"device", "tmpfs"}}), "create data: missing required option: \"type\"");
  EXPECT_EQ(failure({{"o", "size=1m"}}), "create data: missing required option: \"device\"");
  EXPECT_EQ(failure({{"size", "many"}}), "create data: invalid size: 'many'");
  EXPECT_EQ(failure({{"size", "1m"}}),
            "create data: quota size requested but no quota support; of a tmpfs it is o=size=1m");
}

TEST(VolumeOptions, AsTheStoreKeepsThem) {
  EXPECT_EQ(to_json(VolumeOptions{}), "");
  const VolumeOptions options = {{"type", "tmpfs"}, {"device", "a \"b\""}};
  EXPECT_EQ(parse_volume_options(to_json(options)), options);
  EXPECT_TRUE(parse_volume_options("").empty());
  EXPECT_THROW(parse_volume_options("[1]"), Error);
  EXPECT_THROW(parse_volume_options("{\"a\":1}"), Error);
}

}  // namespace
}  // namespace minidock::engine
