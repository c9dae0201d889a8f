// Archives broken by chance: both drivers take the same ones, refuse the others with the same words, and neither
// crashes nor leaves a trace outside of the layer.
#include "base/file.h"
#include "base/text.h"
#include "support/erofs_fixture.h"
#include "support/mutant.h"
#include "support/random_tar.h"
#include "support/unpack_fixture.h"

namespace minidock::store {
namespace {

constexpr uint64_t kFirstMutantSeed = 20'240'601;

class Mutants : public ErofsTest {
 protected:
  void SetUp() override {
    require_erofs();
    make_dir(AT_FDCWD, canary_, 0700);
    write_file(AT_FDCWD, canary_ + "/f", "canary", 0600);
    make_dir(AT_FDCWD, canary_ + "/d", 0700);
  }
  std::string good(uint64_t round) const {
    if (round % 2 == 0) return RandomTar(kFirstMutantSeed + round).bytes();
    TarBuilder tar;
    tar.directory("etc").file("etc/passwd", std::string(700, 'p')).symlink("out", canary_).file("out/f", "through");
    tar.hardlink("h", "etc/passwd").pax(pax_record("path", "long/name")).file("x").gnu_long(std::string(150, 'g'));
    tar.file("y").symlink("up", "../../canary").file("up/d/g").node("dev", '3', 1, 3).file("etc/passwd", "again");
    tar.file("etc/.wh.none", "").file("up/.wh..wh..opq", "");
    return tar.finish();
  }
  std::string packed(const std::string& tar, size_t how) const {
    switch (how) {
      case 0:
        return gzipped(tar);
      case 1:
        return zstd_packed(tar);
      case 2:
        return xz_packed(tar);
      case 3:
        return bzip2_packed(tar);
      default:
        return tar;
    }
  }

  const std::string canary_ = directory_ + "/canary";
};

TEST_F(Mutants, NeitherEscapeNorCrash) {
  const std::string before = list_tree(canary_, true);
  const int rounds = rounds_of(300, 10'000);
  int refused = 0;
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    const uint64_t seed = kFirstMutantSeed + static_cast<uint64_t>(round);
    SCOPED_TRACE(cat("seed ", seed));
    std::mt19937_64 random(seed);
    // One in five of the compressed ones only: nearly all of them are refused for their sums.
    const std::string archive = mutant(packed(good(seed), seed % 5 == 0 ? random() % 4 : 4), random);
    const std::string message = add_layer(archive);
    EXPECT_EQ(message.find("ended without a result"), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_EQ(list_tree(canary_, true), before);
    if (message.empty()) {
      expect_same();
    } else {
      ++refused;
    }
    clear();
  }
  printf("%d mutants, 2 drivers: %d refused with the same words by both, the others the same tree\n", rounds, refused);
  // Neither all nor none: the mutants are worth something.
  EXPECT_GT(refused, rounds / 10);
  EXPECT_LT(refused, rounds);
}

}  // namespace
}  // namespace minidock::store
