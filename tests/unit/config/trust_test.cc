#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "support/refusal.h"

namespace minidock::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Settings trust_of(std::string_view document) {
  Settings settings;
  take_document(settings, document, "c.toml");
  return settings;
}

TEST(Trust, Rules) {
  const Settings settings = trust_of(R"(
[[trust]]
name = "Registry.example.com:5000/shop/"
keys = ["/k/one.pem", """
-----BEGIN PUBLIC KEY-----
AA==
-----END PUBLIC KEY-----
"""]
[[trust]]
name = "index.docker.io/library"
accept = true
[[trust]]
name = "*"
reject = true
)");
  ASSERT_EQ(settings.trust.size(), 3U);
  EXPECT_EQ(settings.trust[0].name, "registry.example.com:5000/shop");
  EXPECT_THAT(settings.trust[0].keys,
              ElementsAre("/k/one.pem", "-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----"));
  EXPECT_EQ(settings.trust[0].origin.text(), "c.toml:2");
  EXPECT_EQ(settings.trust[1].name, "docker.io/library");
  EXPECT_TRUE(settings.trust[1].accept && !settings.trust[1].reject);
  EXPECT_EQ(settings.trust[2].name, "*");
  EXPECT_TRUE(settings.trust[2].reject && !settings.trust[2].accept);
}

TEST(Trust, ALaterFileSettlesANameAnew) {
  Settings settings = trust_of("[[trust]]\nname = \"a.b\"\nreject = true\n[[trust]]\nname = \"c.d\"\naccept = true");
  take_document(settings, "[[trust]]\nname = \"a.b\"\nkeys = [\"/k\"]", "d.toml");
  ASSERT_EQ(settings.trust.size(), 2U);
  EXPECT_EQ(settings.trust[0].name, "c.d");
  EXPECT_FALSE(settings.trust[1].reject);
  EXPECT_EQ(settings.trust[1].origin.text(), "d.toml:1");
}

TEST(Trust, WhatIsNoRule) {
  const std::pair<const char*, const char*> wrong[] = {
      {"name = \"docker.io\"", "one of keys, accept and reject is wanted"},
      {"name = \"docker.io\"\naccept = true\nreject = true", "one of keys, accept and reject is wanted"},
      {"name = \"docker.io\"\nkeys = [\"/k\"]\naccept = true", "one of keys, accept and reject is wanted"},
      {"name = \"docker.io\"\naccept = false", "accept is true or not there"},
      {"name = \"docker.io\"\nreject = \"yes\"", "c.toml:3:1: trust.reject"},
      {"name = \"docker.io\"\nkeys = []", "it has none"},
      {"name = \"docker.io\"\nkeys = \"/k\"", "trust.keys"},
      {"name = \"docker.io\"\nkeys = [\"k.pem\"]", "an absolute path is wanted, or a public key in PEM"},
      {"accept = true", "name is missing"},
      {"name = \"\"\naccept = true", "the whole name is wanted"},
      {"name = \"library/web\"\naccept = true", "with its registry: docker.io/library/web"},
      {"name = \"docker.io/web:1\"\naccept = true", "without a tag"},
      {"name = \"docker.io/Web\"\naccept = true", "in lower case"},
      {"name = \"docker.io//web\"\naccept = true", "no image can have such a name"},
      {"name = \"docker.io/*\"\naccept = true", "no image can have such a name"},
      {"name = \"a.b\"\naccept = true\n[[trust]]\nname = \"A.b/\"\nreject = true", "one for it in line 1 already"},
      {"name = \"a.b\"\nkey = \"/k\"\naccept = true", "there is no such key; did you mean keys"},
  };
  for (const auto& [members, message] : wrong) {
    const std::string document = cat("[[trust]]\n", std::string_view(members));
    EXPECT_THAT(refusal_of([&] { trust_of(document); }), HasSubstr(message)) << members;
  }
  EXPECT_THAT(refusal_of([] { trust_of("[trust]\nname = \"a.b\""); }), HasSubstr("each begun by [[trust]]"));
}

}  // namespace
}  // namespace minidock::config
