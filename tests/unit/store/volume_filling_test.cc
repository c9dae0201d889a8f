#include "store/volume_filling.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "support/fake_image.h"

namespace minidock::store {
namespace {

using Names = std::vector<std::string>;

class VolumeFilling : public ::testing::Test {
 protected:
  VolumeFilling() {
    Store store = place_.open();
    store.ensure_volume("data", false);
    home_ = open_dir(AT_FDCWD, store.volume_home("data"));
  }
  // As a filler that was killed at that step leaves it.
  void plant(const std::string& directory, const Names& names) {
    ensure_dir(home_.get(), directory, 0750);
    for (const std::string& name : names) write_file(home_.get(), directory + "/" + name, directory, 0640);
  }
  Names data() const { return list_dir(home_.get(), "_data"); }
  bool is_clean() const { return list_dir(home_.get()) == Names{"_data"}; }
  mode_t mode() const {
    struct stat info;
    return ::fstatat(home_.get(), "_data", &info, 0) == 0 ? info.st_mode & 07777 : 0;
  }

  TemporaryStore place_;
  Fd home_;
};

void make_two(int directory) {
  write_file(directory, "one", "1", 0640);
  write_file(directory, "two", "2", 0640);
}

TEST_F(VolumeFilling, AnEmptyOneIsFilled) {
  EXPECT_TRUE(fill_if_empty(home_.get(), make_two));
  EXPECT_EQ(data(), (Names{"one", "two"}));
  EXPECT_TRUE(is_clean());
  EXPECT_EQ(mode(), 0755U);
}

TEST_F(VolumeFilling, OneThatHasSomethingIsNot) {
  plant("_data", {"own"});
  EXPECT_FALSE(fill_if_empty(home_.get(), [](int) { ADD_FAILURE() << "called"; }));
  EXPECT_EQ(data(), (Names{"own"}));
}

TEST_F(VolumeFilling, AFailureLeavesItEmpty) {
  const auto fail = [](int directory) {
    make_two(directory);
    throw_error(ErrorKind::corrupt, "broken");
  };
  EXPECT_THROW(fill_if_empty(home_.get(), fail), Error);
  EXPECT_TRUE(data().empty());
  EXPECT_TRUE(is_clean());
}

// Killed while it was made: nothing of it is to be seen.
TEST_F(VolumeFilling, CutOffBeforeItWasWhole) {
  plant("filling", {"one"});
  settle_filling(home_.get());
  EXPECT_TRUE(data().empty());
  EXPECT_TRUE(is_clean());
}

// Killed when it was whole, after each number of names that had been moved: all of it is to be seen.
TEST_F(VolumeFilling, CutOffWhileItWasMoved) {
  const Names all = {"a", "b", "c"};
  for (size_t moved = 0; moved <= all.size(); ++moved) {
    const auto at = all.begin() + static_cast<ptrdiff_t>(moved);
    plant("_data", Names(all.begin(), at));
    plant("filled", Names(at, all.end()));
    settle_filling(home_.get());
    EXPECT_EQ(data(), all) << moved;
    EXPECT_EQ(mode(), 0750U) << moved;
    EXPECT_TRUE(is_clean()) << moved;
    for (const std::string& name : all) remove_file(home_.get(), "_data/" + name);
  }
}

TEST_F(VolumeFilling, WhatAContainerHasMadeMeanwhileStays) {
  plant("_data", {"a"});
  plant("filled", {"a", "b"});
  settle_filling(home_.get());
  EXPECT_EQ(read_file(home_.get(), "_data/a"), "_data");
  EXPECT_EQ(read_file(home_.get(), "_data/b"), "filled");
  EXPECT_TRUE(is_clean());
}

TEST_F(VolumeFilling, TheNextFillerCleansUpFirst) {
  plant("filling", {"old"});
  EXPECT_TRUE(fill_if_empty(home_.get(), make_two));
  EXPECT_EQ(data(), (Names{"one", "two"}));
}

}  // namespace
}  // namespace minidock::store
