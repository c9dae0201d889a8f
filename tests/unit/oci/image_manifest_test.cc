#include "oci/image_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "oci/docker_archive.h"

namespace minidock::oci {

namespace {

using testing::HasSubstr;

const std::string kDigest = "sha256:" + std::string(64, 'a');

std::string refusal_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string manifest(const std::string& more = "") {
  return R"({"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":")" + kDigest +
         R"(","size":2},"layers":[])" + more + "}";
}

}  // namespace

TEST(ImageManifest, IsReadAndWritten) {
  const ImageManifest read = parse_image_manifest(manifest(), "m");
  EXPECT_EQ(read.config.digest.text(), kDigest);
  EXPECT_TRUE(read.config.is_config());
  EXPECT_EQ(parse_image_manifest(to_json(read), "m").config.size, 2U);
  EXPECT_EQ(to_json(read), to_json(parse_image_manifest(to_json(read), "m")));
}

TEST(ImageManifest, OtherTextsAreRefused) {
  const auto refused = [](const std::string& text) { return refusal_of([&] { parse_image_manifest(text, "m"); }); };
  EXPECT_THAT(refused(manifest(R"(,"manifests":[])")), HasSubstr("has no place in a manifest"));
  EXPECT_THAT(refused(R"({"schemaVersion":1})"), HasSubstr("expected 2, not 1"));
  EXPECT_THAT(refused(R"({"schemaVersion":2})"), HasSubstr("config: is missing"));
  EXPECT_THAT(refused(manifest(R"(,"layers":[])")), HasSubstr("has the key \"layers\" twice"));
  EXPECT_THAT(refused("[]"), HasSubstr("expected JSON object"));
  EXPECT_THAT(refused(R"({"schemaVersion":2,"config":{"digest":"sha512:00","size":1}})"), HasSubstr("sha256:"));
  EXPECT_THAT(refused(R"({"schemaVersion":2,"config":{"digest":")" + kDigest + "\"}}"), HasSubstr("size: is missing"));
  EXPECT_THAT(refused(R"({"schemaVersion":2,"config":{"size":-1,"digest":")" + kDigest + "\"}}"),
              HasSubstr("expected integer from 0"));
  EXPECT_THAT(refusal_of([] { parse_image_index(manifest(), "i"); }), HasSubstr("has no place in an index"));
}

TEST(ImageManifest, KnowsHowLayersAreCompressed) {
  for (const char* type : {media::kLayer, media::kDockerLayer}) EXPECT_EQ(layer_compression(type), Compression::none);
  for (const char* type : {media::kGzipLayer, media::kDockerGzipLayer}) {
    EXPECT_EQ(layer_compression(type), Compression::gzip);
  }
  EXPECT_EQ(layer_compression(media::kZstdLayer), Compression::zstd);
  for (const char* type : {"", "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", media::kConfig}) {
    EXPECT_FALSE(layer_compression(type)) << type;
  }
}

TEST(ImageManifest, KnowsAttestations) {
  Descriptor descriptor;
  EXPECT_FALSE(descriptor.is_attestation());
  descriptor.platform = Platform{"unknown", "unknown", ""};
  EXPECT_TRUE(descriptor.is_attestation());
}

TEST(DockerArchive, ManifestsAreReadAndWritten) {
  const auto images =
      parse_docker_manifest(R"([{"Config":"a.json","RepoTags":null,"Layers":["l/layer.tar"],"Parent":""}])");
  ASSERT_EQ(images.size(), 1U);
  EXPECT_TRUE(images[0].tags.empty());
  EXPECT_EQ(to_json(images), R"([{"Config":"a.json","Layers":["l/layer.tar"],"RepoTags":null}])");
  EXPECT_THAT(refusal_of([] { parse_docker_manifest("{}"); }), HasSubstr("expected JSON array"));
  EXPECT_THAT(refusal_of([] { parse_docker_manifest("[{}]"); }), HasSubstr("Config: is missing"));
  EXPECT_THAT(refusal_of([] { parse_docker_manifest("[1]"); }), HasSubstr("images"));
}

TEST(DockerArchive, OldImagesGetAConfigOfToday) {
  const OldImage lower = parse_old_image(R"({"id":"a","created":"2014-01-01T00:00:00Z"})", "a/json");
  const OldImage upper =
      parse_old_image(R"({"id":"b","parent":"a","os":"linux","architecture":"arm","config":{"Cmd":["x"]},)"
                      R"("container_config":{"Cmd":["/bin/sh","-c","y"]}})",
                      "b/json");
  EXPECT_EQ(upper.parent, "a");
  const std::string text = modern_config({lower, upper}, {DiffId{sha256("1")}, DiffId{sha256("2")}});
  const ImageConfig config = parse_image_config(text);
  EXPECT_EQ(config.architecture, "arm");
  EXPECT_EQ(config.diff_ids.size(), 2U);
  ASSERT_EQ(config.history.size(), 2U);
  EXPECT_EQ(config.history[1].created_by, "/bin/sh -c y");
  EXPECT_EQ(text.find("\"parent\""), std::string::npos);
}

TEST(Platform, IsParsed) {
  EXPECT_EQ(parse_platform("linux/arm64/v8").text(), "linux/arm64/v8");
  EXPECT_EQ(parse_platform("x86_64").text(), "linux/amd64");
  EXPECT_EQ(parse_platform("linux"), host_platform());
  EXPECT_THAT(refusal_of([] { parse_platform("a/b/c/d"); }), HasSubstr("is not os/arch"));
  EXPECT_THAT(refusal_of([] { parse_platform("linux/"); }), HasSubstr("is not os/arch"));
}

TEST(Platform, TheBestIsChosen) {
  const Platform amd = parse_platform("linux/amd64"), arm = parse_platform("linux/arm");
  EXPECT_GT(match(amd, {"linux", "amd64", ""}), 0);
  EXPECT_EQ(match(amd, {"linux", "amd64", "v3"}), 0);
  EXPECT_EQ(match(amd, {"windows", "amd64", ""}), 0);
  EXPECT_GT(match(parse_platform("linux/arm64"), {"linux", "arm64", "v8"}), 0);
  EXPECT_GT(match(arm, {"linux", "arm", "v7"}), match(arm, {"linux", "arm", "v6"}));
  EXPECT_EQ(match(parse_platform("linux/arm/v6"), {"linux", "arm", "v7"}), 0);
}

}  // namespace minidock::oci
