#include "base/base64.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace minidock {

TEST(Base64, BothWays) {
  const std::vector<std::string> texts = {"", "a", "ab", "abc", "anna:secret", std::string("\0\xff\x7f", 3)};
  for (const std::string& text : texts) {
    EXPECT_EQ(base64_decode(base64_encode(text)), text);
  }
  EXPECT_EQ(base64_encode("a"), "YQ==");
  EXPECT_EQ(base64_encode("ab"), "YWI=");
  EXPECT_EQ(base64_encode("abc"), "YWJj");
  for (const char* wrong : {"a", "abc", "ab!=", "=abc", "ab=c"}) EXPECT_FALSE(base64_decode(wrong)) << wrong;
}

}  // namespace minidock
