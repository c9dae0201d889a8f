#include "registry/endpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace minidock::registry {
namespace {

using testing::ElementsAre;

std::vector<Endpoint> of(const std::vector<MirrorRule>& rules, const std::string& image) {
  Settings settings;
  settings.mirrors = rules;
  return endpoints_of(settings, oci::parse_reference(image));
}

TEST(Endpoints, AreTheRegistryAloneWithoutMirrors) {
  EXPECT_THAT(of({}, "busybox"), ElementsAre(Endpoint{"docker.io", "library/busybox"}));
  EXPECT_THAT(of({{"quay.io", {"m:1"}}}, "busybox"), ElementsAre(Endpoint{"docker.io", "library/busybox"}));
}

TEST(Endpoints, MirrorsComeFirstInTheirOrder) {
  EXPECT_THAT(of({{"docker.io", {"m:1", "n.example/hub"}}}, "busybox"),
              ElementsAre(Endpoint{"m:1", "library/busybox"}, Endpoint{"n.example", "hub/library/busybox"},
                          Endpoint{"docker.io", "library/busybox"}));
}

TEST(Endpoints, OnlyMirrorsWhereToldSo) {
  EXPECT_THAT(of({{"docker.io", {"m:1"}, true}}, "busybox"), ElementsAre(Endpoint{"m:1", "library/busybox"}));
}

TEST(Endpoints, TheLongestPrefixDecides) {
  const std::vector<MirrorRule> rules = {
      {"docker.io/library", {"long:1/official"}, true}, {"docker.io", {"short:1"}, true}, {"docker.io/lib", {"no:1"}}};
  EXPECT_THAT(of(rules, "busybox"), ElementsAre(Endpoint{"long:1", "official/busybox"}));
  EXPECT_THAT(of(rules, "anna/busybox"), ElementsAre(Endpoint{"short:1", "anna/busybox"}));
  // A prefix ends where a part of the name ends.
  EXPECT_THAT(of(rules, "library2/busybox"), ElementsAre(Endpoint{"short:1", "library2/busybox"}));
}

TEST(Endpoints, AWholeNameNeedsAPathThere) {
  EXPECT_THAT(of({{"docker.io/anna/app", {"m:1/copy"}, true}}, "anna/app"), ElementsAre(Endpoint{"m:1", "copy"}));
  EXPECT_THROW(of({{"docker.io/anna/app", {"m:1"}}}, "anna/app"), Error);
}

}  // namespace
}  // namespace minidock::registry
