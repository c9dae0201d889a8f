#include "oci/referrers_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace minidock::oci {

namespace {

Descriptor artifact_of(char digit) {
  Descriptor artifact;
  artifact.media_type = media::kManifest;
  artifact.digest = *Digest::parse_hex(std::string(64, digit));
  artifact.size = 7;
  artifact.artifact_type = "x/y";
  return artifact;
}

}  // namespace

TEST(ReferrersIndex, GetsLongerByOne) {
  const std::optional<std::string> one = add_referrer("", artifact_of('a'), "i");
  ASSERT_TRUE(one);
  const std::optional<std::string> two = add_referrer(*one, artifact_of('b'), "i");
  ASSERT_TRUE(two);
  const std::vector<Descriptor> listed = parse_image_index(*two, "i");
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].digest, artifact_of('a').digest);
  EXPECT_EQ(listed[1].artifact_type, "x/y");
  EXPECT_EQ(listed[1].size, 7U);
  EXPECT_FALSE(add_referrer(*two, artifact_of('a'), "i"));
}

// Of descriptors that we know nothing of, of fields that we do not know.
TEST(ReferrersIndex, KeepsWhatOthersHaveWritten) {
  const std::string theirs =
      R"({"annotations":{"a":"b"},"manifests":[{"artifactType":"x/sbom","data":"e30=","digest":"sha256:)" +
      std::string(64, 'c') + R"(","mediaType":"application/vnd.example","size":2}],"mediaType":")" + media::kIndex +
      R"(","new":[1],"schemaVersion":2})";
  const std::optional<std::string> longer = add_referrer(theirs, artifact_of('a'), "i");
  ASSERT_TRUE(longer);
  std::string expected = theirs;
  expected.insert(expected.find("],\"mediaType\":\"application/vnd.oci"),
                  R"(,{"artifactType":"x/y","digest":"sha256:)" + std::string(64, 'a') + R"(","mediaType":")" +
                      media::kManifest + R"(","size":7})");
  EXPECT_EQ(*longer, expected);
}

TEST(ReferrersIndex, IsNothingElse) {
  for (const char* text : {"{}", "[]", "x", R"({"schemaVersion":2,"config":{},"layers":[]})"}) {
    try {
      add_referrer(text, artifact_of('a'), "repository:sha256-1");
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::corrupt) << text;
      EXPECT_THAT(error.what(), ::testing::HasSubstr("repository:sha256-1")) << text;
    }
  }
}

}  // namespace minidock::oci
