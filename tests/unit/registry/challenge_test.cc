#include "registry/challenge.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace minidock::registry {
namespace {

TEST(Challenge, ReadsSchemesAndParameters) {
  const auto all =
      parse_challenges(R"(Bearer realm="https://a.example/token",service=x , scope="repository:a/b:pull,push")");
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].scheme, "bearer");
  EXPECT_EQ(all[0].parameters.at("realm"), "https://a.example/token");
  EXPECT_EQ(all[0].parameters.at("service"), "x");
  EXPECT_EQ(all[0].parameters.at("scope"), "repository:a/b:pull,push");
}

TEST(Challenge, ReadsSeveralOfOneLine) {
  const auto all = parse_challenges(R"(Basic realm="a \"b\"", BEARER Realm=c, Negotiate)");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].parameters.at("realm"), "a \"b\"");
  EXPECT_EQ(all[1].scheme, "bearer");
  EXPECT_EQ(all[1].parameters.at("realm"), "c");
  EXPECT_TRUE(all[2].parameters.empty());
  EXPECT_TRUE(parse_challenges("").empty());
}

TEST(Challenge, RefusesWhatTheGrammarDoesNotAllow) {
  for (const char* wrong : {"Bearer realm=\"x", "Bearer realm=", "=x", "realm=x", "Bearer realm=\"a\" service=\"b\"",
                            "Bearer realm=a,realm=b", "Bearer realm=\"a\nb\"", "Bearer realm=\"a\\"}) {
    EXPECT_THROW(parse_challenges(wrong), Error) << wrong;
  }
  EXPECT_THROW(parse_challenges("Bearer realm=" + std::string(9000, 'x')), Error);
}

}  // namespace
}  // namespace minidock::registry
