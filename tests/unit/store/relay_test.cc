#include "store/archive/relay.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace minidock::store {

TEST(Relay, AllComesInOrder) {
  std::string taken;
  {
    Relay relay([&](std::string_view bytes) {
      taken += bytes;
      return true;
    });
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(relay.give(cat(i, ",")));
    relay.finish();
  }
  std::string all;
  for (int i = 0; i < 1000; ++i) all += cat(i, ",");
  EXPECT_EQ(taken, all);
}

TEST(Relay, TheTakersErrorIsTheGivers) {
  Relay relay([](std::string_view) -> bool { throw_error(ErrorKind::exhausted, "full"); });
  const auto give_all = [&] {
    while (relay.give("x")) {
    }
    relay.finish();
  };
  EXPECT_THROW(give_all(), Error);
}

TEST(Relay, ATakerMayHaveEnough) {
  int taken = 0;
  Relay relay([&](std::string_view) { return ++taken < 3; });
  while (relay.give("x")) {
  }
  relay.finish();
  EXPECT_EQ(taken, 3);
}

TEST(Relay, ItsEndWaitsForNothingButTheBlockInHand) {
  for (int i = 0; i < 200; ++i) {
    Relay relay([](std::string_view) { return true; });
    relay.give("x");
  }
}

}  // namespace minidock::store
