#include "engine/copy_plan.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace minidock::engine {
namespace {

// "DIRECTORY NAME", or the refusal.
std::string planned(const char* from, CopyKind from_kind, const char* to, CopyKind to_kind) {
  try {
    const CopyPlan plan = plan_copy(parse_copy_path(from), from_kind, parse_copy_path(to), to_kind);
    return plan.directory + " " + plan.name;
  } catch (const Error& error) {
    return error.what();
  }
}

constexpr CopyKind kNone = CopyKind::none;
constexpr CopyKind kDirectory = CopyKind::directory;
constexpr CopyKind kFile = CopyKind::other;

TEST(CopyPlan, File) {
  EXPECT_EQ(planned("/a/f", kFile, "/b", kDirectory), "/b f");
  EXPECT_EQ(planned("/a/f", kFile, "/b/", kDirectory), "/b f");
  EXPECT_EQ(planned("/a/f", kFile, "/b/g", kFile), "/b g");
  EXPECT_EQ(planned("/a/f", kFile, "/b/g", kNone), "/b g");
  EXPECT_EQ(planned("/a/f", kFile, "/g", kNone), "/ g");
  EXPECT_EQ(planned("/a/f", kFile, "/b/g/", kNone), "no such directory");
  EXPECT_EQ(planned("/a/f", kFile, "/b/g/", kFile), "not a directory");
  EXPECT_EQ(planned("/a/f/", kFile, "/b", kDirectory), "not a directory");
  EXPECT_EQ(planned("/a/f/.", kFile, "/b", kDirectory), "not a directory");
}

TEST(CopyPlan, Directory) {
  EXPECT_EQ(planned("/a/d", kDirectory, "/b", kDirectory), "/b d");
  EXPECT_EQ(planned("/a/d/", kDirectory, "/b", kDirectory), "/b d");
  EXPECT_EQ(planned("/a/d/.", kDirectory, "/b", kDirectory), "/b .");
  EXPECT_EQ(planned("/a/d", kDirectory, "/b/e", kNone), "/b e");
  EXPECT_EQ(planned("/a/d/.", kDirectory, "/b/e", kNone), "/b e");
  EXPECT_EQ(planned("/a/d", kDirectory, "/b/e/", kNone), "/b e");
  EXPECT_EQ(planned("/a/d", kDirectory, "/b/f", kFile), "cannot copy directory");
}

TEST(CopyPlan, RootAndDots) {
  EXPECT_EQ(planned("/", kDirectory, "/b", kDirectory), "/b .");
  EXPECT_EQ(planned("/", kDirectory, "/b/new", kNone), "/b new");
  EXPECT_EQ(planned("/a/../d", kDirectory, "/b", kDirectory), "/b d");
  EXPECT_EQ(planned("/a/f", kFile, "/../../b/g", kNone), "/b g");
  EXPECT_EQ(planned("/a/f", kFile, "/", kDirectory), "/ f");
}

}  // namespace
}  // namespace minidock::engine
