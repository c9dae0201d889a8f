#include "registry/tag_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace minidock::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TagList, FindsTheNextPage) {
  EXPECT_EQ(next_page(R"(</v2/a/tags/list?last=b&n=2>; rel="next")"), "/v2/a/tags/list?last=b&n=2");
  EXPECT_EQ(next_page("<https://x.example/p>;rel=next"), "https://x.example/p");
  EXPECT_EQ(next_page(R"(</first>; rel="first", </second>; title="a"; REL="Last Next", </third>; rel=prev)"),
            "/second");
  EXPECT_EQ(next_page(R"(</a>; rel="prev", </b>; rel="next")"), "/b");
  for (const char* none : {"", "<", "</a", "</a>", "/a; rel=next", R"(</a>; rel="previous")", "</a>; rev=next"}) {
    EXPECT_EQ(next_page(none), std::nullopt) << none;
  }
}

TEST(TagList, ReadsAPage) {
  EXPECT_THAT(parse_tag_list(R"({"name": "a", "tags": ["2", "1.0", "latest"]})", "tags of a"),
              ElementsAre("2", "1.0", "latest"));
  EXPECT_THAT(parse_tag_list(R"({"name": "a", "tags": null})", "tags of a"), IsEmpty());
  EXPECT_THAT(parse_tag_list("{}", "tags of a"), IsEmpty());
}

TEST(TagList, RefusesWhatIsNoList) {
  for (const char* wrong : {"", "[]", R"({"tags": "a"})", R"({"tags": [1]})", R"({"tags": ["a/b"]})",
                            R"({"tags": [""]})", R"({"tags": ["a@sha256:0"]})", R"({"tags": ["a\nb"]})"}) {
    try {
      parse_tag_list(wrong, "tags of a");
      ADD_FAILURE() << wrong;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::corrupt) << wrong;
      EXPECT_TRUE(std::string_view(error.what()).starts_with("tags of a")) << error.what();
    }
  }
}

}  // namespace
}  // namespace minidock::registry
