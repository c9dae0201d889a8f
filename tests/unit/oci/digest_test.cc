#include "oci/digest.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace minidock::oci {
namespace {

constexpr std::string_view kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";  // FIPS 180-2

TEST(Digest, HashesAsTheStandardSays) {
  EXPECT_EQ(sha256("abc").hex(), kAbc);
  Hasher hasher;
  hasher.update("a");
  hasher.update("");
  hasher.update("bc");
  EXPECT_EQ(hasher.finish(), sha256("abc"));
}

TEST(Digest, StreamAndOneShotAgreeAtEveryBlockBoundary) {
  for (const size_t size : {0, 1, 55, 56, 63, 64, 65, 127, 128, 100'000}) {
    const std::string data(size, 'x');
    Hasher hasher;
    hasher.update(data);
    EXPECT_EQ(hasher.finish(), sha256(data)) << size;
  }
}

TEST(Digest, TextGoesThereAndBack) {
  const auto digest = Digest::parse(std::string("sha256:").append(kAbc));
  ASSERT_TRUE(digest);
  EXPECT_EQ(digest->text(), std::string("sha256:").append(kAbc));
  EXPECT_EQ(digest->short_hex(), "ba7816bf8f01");
  EXPECT_FALSE(digest->empty());
  EXPECT_TRUE(Digest().empty());
}

TEST(Digest, NothingElseIsADigest) {
  const std::string hex(kAbc);
  std::string upper = hex;
  upper[0] = 'B';
  for (const std::string& bad :
       {std::string(), hex, "sha256:" + hex + "0", "sha256:" + hex.substr(1), "sha256:" + upper, "sha512:" + hex,
        std::string("sha256:../../x"), "sha256:" + hex.substr(2) + "/.", " sha256:" + hex}) {
    EXPECT_EQ(Digest::parse(bad), std::nullopt) << bad;
  }
}

TEST(Digest, ChainFollowsTheImageSpec) {
  const DiffId bottom{sha256("bottom")}, top{sha256("top")};
  EXPECT_EQ(chain_id({bottom}).digest, bottom.digest);
  EXPECT_EQ(chain_id({bottom, top}).digest, sha256(bottom.text() + " " + top.text()));
  EXPECT_NE(chain_id({bottom, top}), chain_id({top, bottom}));
  EXPECT_THROW(chain_id({}), Error);
}

}  // namespace
}  // namespace minidock::oci
