#include "oci/state.h"

#include <gtest/gtest.h>

namespace minidock::oci {
namespace {

TEST(State, IsTheSpecsJson) {
  State state{.id = "web", .status = "created", .pid = 42, .bundle = "/b", .annotations = {{"k", "v\n"}}};
  EXPECT_EQ(to_json(state), R"({"annotations":{"k":"v\n"},"bundle":"/b","id":"web","ociVersion":"1.2.0","pid":42,)"
                            R"("status":"created"})");
  state.pid = 0;
  state.annotations.clear();
  state.status = "stopped";
  EXPECT_EQ(to_json(state), R"({"bundle":"/b","id":"web","ociVersion":"1.2.0","status":"stopped"})");
}

}  // namespace
}  // namespace minidock::oci
