#include "store/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "support/temporary_store.h"

namespace minidock::store {
namespace {

TEST(ContainerName, FollowsDockersRule) {
  EXPECT_EQ(check_container_name("/web"), "web");
  EXPECT_EQ(check_container_name("A0_.-"), "A0_.-");
  for (const char* bad : {"", "a", "/", "-a", "_a", ".a", "a b", "a/b", "//ab", "ab\n", "\xc3\xa4\xc3\xb6"}) {
    try {
      check_container_name(bad);
      ADD_FAILURE() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid);
      EXPECT_THAT(error.what(), ::testing::HasSubstr("only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"));
    }
  }
}

TEST(ContainerName, RandomOnesFollowTheRuleToo) {
  for (int round = 0; round < 200; ++round) {
    const std::string name = random_name();
    EXPECT_EQ(check_container_name(name), name);
    EXPECT_NE(name.find('_'), std::string::npos);
  }
}

class NamesTest : public ::testing::Test {
 protected:
  NamesTest() : rooms_(place_.location()) {}
  TemporaryStore place_;
  Rooms rooms_;
  const std::string one_ = random_hex(32), two_ = random_hex(32);
};

TEST_F(NamesTest, ALiveLeaseHoldsAName) {
  const Lease lease = Lease::create(rooms_.tmp(), LeaseKind::container, one_);
  reserve_name(rooms_, "web", one_);
  try {
    reserve_name(rooms_, "web", two_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
    EXPECT_EQ(std::string(error.what()),
              "Conflict. The container name \"/web\" is already in use by container \"" + one_ +
                  "\". You have to remove (or rename) that container to be able to reuse that name.");
  }
}

TEST_F(NamesTest, ANameOfNobodyIsTakenOver) {
  reserve_name(rooms_, "web", one_);  // neither lease nor row
  reserve_name(rooms_, "web", two_);
  release_name(rooms_, "web", one_);  // no longer its own: nothing happens
  Statement query = rooms_.run_database().prepare("SELECT container FROM names WHERE name = 'web'");
  ASSERT_TRUE(query.step());
  EXPECT_EQ(query.text(0), two_);
}

}  // namespace
}  // namespace minidock::store
