#include "linux/number_list.h"

#include <gtest/gtest.h>

namespace minidock::linux {
namespace {

using Numbers = std::vector<int>;

TEST(NumberList, ReadsTheKernelsForm) {
  EXPECT_EQ(parse_number_list("0-3,7"), (Numbers{0, 1, 2, 3, 7}));
  EXPECT_EQ(parse_number_list("1,0,1"), (Numbers{0, 1}));
  EXPECT_EQ(parse_number_list("0\n"), Numbers{0});
  EXPECT_EQ(parse_number_list(""), Numbers{});
}

TEST(NumberList, RefusesWhatIsNotAList) {
  for (const char* text : {"-1", "1-", "3-1", "a", "0,,1", ",", "0-99999", "0 1", "1-2-3", "+1"})
    EXPECT_EQ(parse_number_list(text), std::nullopt) << text;
}

TEST(NumberList, WritesRangesAsTheKernelDoes) {
  EXPECT_EQ(format_number_list({0, 1, 2, 3, 7}), "0-3,7");
  EXPECT_EQ(format_number_list({0, 1}), "0-1");
  EXPECT_EQ(format_number_list({5}), "5");
  EXPECT_EQ(format_number_list({}), "");
}

}  // namespace
}  // namespace minidock::linux
