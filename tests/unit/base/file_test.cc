#include "base/file.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"

namespace minidock {
namespace {

class FileTest : public ::testing::Test {
 protected:
  FileTest() {
    char name[] = "/tmp/minidock-file-test-XXXXXX";
    path_ = mkdtemp(name);
    dir_ = open_dir(AT_FDCWD, path_);
  }
  ~FileTest() override { discard_tree(AT_FDCWD, path_); }
  std::string path_;
  Fd dir_;
};

TEST_F(FileTest, WritesAndReadsBack) {
  write_file(dir_.get(), "a", "one");
  replace_file_durably(dir_.get(), "a", "two");
  EXPECT_EQ(read_file(dir_.get(), "a"), "two");
  EXPECT_EQ(list_dir(dir_.get()), std::vector<std::string>{"a"});
  EXPECT_THROW(read_file(dir_.get(), "a", 2), Error);
}

TEST_F(FileTest, ErrorsNameTheFile) {
  try {
    open_file(dir_.get(), "missing", O_RDONLY);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "open missing: No such file or directory");
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
  }
}

TEST_F(FileTest, RenameNoReplaceKeepsWhatIsThere) {
  write_file(dir_.get(), "a", "1");
  write_file(dir_.get(), "b", "2");
  EXPECT_FALSE(try_rename_noreplace(dir_.get(), "a", dir_.get(), "b"));
  EXPECT_TRUE(try_rename_noreplace(dir_.get(), "a", dir_.get(), "c"));
}

TEST_F(FileTest, DiscardTreeNeitherFollowsLinksNorRecurses) {
  write_file(dir_.get(), "canary", "x");
  make_dir(dir_.get(), "tree", 0700);
  Fd at = open_dir(dir_.get(), "tree");
  ASSERT_EQ(symlinkat("../canary", at.get(), "link"), 0);
  for (int depth = 0; depth < 5000; ++depth) {  // far beyond PATH_MAX
    write_file(at.get(), "f", "data");
    make_dir(at.get(), "d", 0700);
    at = open_dir(at.get(), "d");
  }
  EXPECT_GT(discard_tree(dir_.get(), "tree"), 0u);
  EXPECT_FALSE(exists_at(dir_.get(), "tree"));
  EXPECT_TRUE(exists_at(dir_.get(), "canary"));
  EXPECT_EQ(discard_tree(dir_.get(), "tree"), 0u);
}

// What an interrupted removal leaves: some of its names are gone, others are not; and one that has the form by itself.
TEST_F(FileTest, DiscardTreeGoesOnWithAnInterruptedOne) {
  for (int gap = 0; gap < 6; ++gap) {
    make_dir(dir_.get(), "tree", 0700);
    for (int number = 0; number < 6; ++number) {
      if (number == gap) continue;
      const std::string name = cat("tree/.doomed.", number);
      make_dir(dir_.get(), name, 0700);
      write_file(dir_.get(), name + "/file", "data");
      make_dir(dir_.get(), name + "/.doomed.2", 0700);
      write_file(dir_.get(), name + "/.doomed.2/file", "data");
    }
    EXPECT_GT(discard_tree(dir_.get(), "tree"), 0u) << gap;
    EXPECT_FALSE(exists_at(dir_.get(), "tree")) << gap;
  }
}

TEST_F(FileTest, LocksExcludeOtherDescriptions) {
  write_file(dir_.get(), "lock", "");
  const Fd one = open_file(dir_.get(), "lock", O_RDWR);
  const Fd two = open_file(dir_.get(), "lock", O_RDWR);
  EXPECT_TRUE(try_lock_file(one.get()));
  EXPECT_FALSE(try_lock_file(two.get()));
}

}  // namespace
}  // namespace minidock
