#include "oci/event.h"

#include <gtest/gtest.h>

namespace minidock::oci {
namespace {

TEST(EventTest, IsALineAndComesBack) {
  const Event event{
      1767323045000000006, "container", "exec_start: sh -c \"a\n\"", "5f3c", {{"name", "we\tb"}, {"a", ""}}};
  const std::string line = to_json(event);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto back = parse_event(line);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->time, event.time);
  EXPECT_EQ(back->type, event.type);
  EXPECT_EQ(back->action, event.action);
  EXPECT_EQ(back->id, event.id);
  EXPECT_EQ(back->attributes, event.attributes);
}

TEST(EventTest, MembersFitBehindOthers) {
  EXPECT_EQ(to_json_members({}), "");
  EXPECT_EQ(to_json_members({{"image", "busybox"}, {"name", "\"x\""}}), R"("image":"busybox","name":"\"x\"")");
}

TEST(EventTest, WhatANewerVersionAddsIsPassedOver) {
  EXPECT_TRUE(parse_event(R"({"time":1,"type":"image","action":"tag","id":"x","attributes":{},"more":[1]})"));
}

TEST(EventTest, TornLinesAreNone) {
  for (const char* line : {"", "{", "{}", R"({"time":1,"type":"contai)", R"({"time":"x","type":"a","action":"b"})",
                           "x}", R"({"time":1,"type":"a","action":"b","attributes":{"n":1}})"}) {
    EXPECT_FALSE(parse_event(line)) << line;
  }
}

}  // namespace
}  // namespace minidock::oci
