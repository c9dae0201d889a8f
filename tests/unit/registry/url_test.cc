#include "registry/url.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace minidock::registry {
namespace {

TEST(Url, ReadsItsParts) {
  const auto url = parse_url("HTTPS://Host.Example:5000/v2/a?x=1#part");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->text(), "https://host.example:5000/v2/a?x=1");
  EXPECT_EQ(url->shown(), "https://host.example:5000/v2/a");
  EXPECT_EQ(parse_url("http://a")->text(), "http://a/");
  EXPECT_EQ(parse_url("http://a?b")->text(), "http://a/?b");
}

TEST(Url, RefusesWhatCouldDeceive) {
  for (const char* wrong : {"ftp://a/", "file:///etc/passwd", "//a/b", "a", "http://", "http://user@host/",
                            "http://a b/", "http://a\\b/", "http://a/\r\nX: y"}) {
    EXPECT_FALSE(parse_url(wrong)) << wrong;
  }
}

TEST(Url, ResolvesLocations) {
  const Url from = *parse_url("https://a:1/v2/x");
  EXPECT_EQ(resolve_location(from, "/y?z").text(), "https://a:1/y?z");
  EXPECT_EQ(resolve_location(from, "http://b/y").text(), "http://b/y");
  for (const char* wrong : {"", "//b/y", "y", "gopher://b"})
    EXPECT_THROW(resolve_location(from, wrong), Error) << wrong;
}

TEST(Url, KnowsLoopbackByAddressAlone) {
  for (const char* yes : {"localhost", "localhost:5000", "127.0.0.1", "127.8.9.1:80", "[::1]:5000"}) {
    EXPECT_TRUE(is_loopback(yes)) << yes;
  }
  for (const char* no :
       {"127.evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "[::2]:5000"}) {
    EXPECT_FALSE(is_loopback(no)) << no;
  }
}

TEST(Url, EncodesQueries) {
  EXPECT_EQ(percent_encode("repository:a/b:pull &=~"), "repository%3Aa%2Fb%3Apull%20%26%3D~");
}

}  // namespace
}  // namespace minidock::registry
