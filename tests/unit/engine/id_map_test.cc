#include "engine/id_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace minidock::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Mapping = oci::IdMapping;

TEST(IdMap, RangesOfBothKinds) {
  const IdMaps maps = parse_id_maps("uids=0-1000-1#1-2000-10;gids=5-6-7");
  EXPECT_THAT(maps.users, ElementsAre(Mapping{0, 1000, 1}, Mapping{1, 2000, 10}));
  EXPECT_THAT(maps.groups, ElementsAre(Mapping{5, 6, 7}));
}

TEST(IdMap, OneKindIsTheOthersToo) {
  EXPECT_THAT(parse_id_maps("uids=0-1-2").groups, ElementsAre(Mapping{0, 1, 2}));
  EXPECT_THAT(parse_id_maps("gids=0-1-4294967295").users, ElementsAre(Mapping{0, 1, 4294967295}));
}

TEST(IdMap, Refusals) {
  const auto failure = [](const std::string& text) -> std::string {
    try {
      parse_id_maps(text);
      return "no failure";
    } catch (const Error& error) {
      return error.what();
    }
  };
  for (const char* text : {"uids=", "uids=1-2", "uids=1-2-3-4", "uids=a-2-3", "uids=-1-2-3", "uids=0-4294967296-1"}) {
    EXPECT_THAT(failure(text), HasSubstr("a range is FROM-TO-COUNT")) << text;
  }
  for (const char* text : {"uids=0-0-0", "uids=1-0-4294967295#0-4294967295-2"}) {
    EXPECT_THAT(failure(text), HasSubstr("ids end at 4294967295")) << text;
  }
  EXPECT_THAT(failure("0-1-2"), HasSubstr("it is uids=… and gids=…"));
  EXPECT_THAT(failure("uids=@0-1-2"), HasSubstr("user namespace"));
  EXPECT_THAT(failure("idmap"), HasSubstr("shares the host's"));
}

}  // namespace
}  // namespace minidock::engine
