// The large ones: a million entries, ten GiB. Only with MINIDOCK_TEST_LONG set; they print time and memory.
#include <sys/resource.h>
#include <zlib.h>

#include <cstdio>

#include "base/file.h"
#include "base/text.h"
#include "support/unpack_fixture.h"

namespace minidock::store {
namespace {

class UnpackLong : public UnpackTest {
 protected:
  void SetUp() override {
    if (!long_tests()) GTEST_SKIP() << "set MINIDOCK_TEST_LONG to run it";
  }

  // A gzip file of `count` repetitions of what `next` gives, written piece by piece.
  template <typename Next>
  void write_gzip(uint64_t count, int level, Next next) {
    gzFile file = gzopen(archive_path().c_str(), cat("wb", level).c_str());
    for (uint64_t i = 0; i < count; ++i) {
      const std::string piece = next(i);
      ASSERT_EQ(gzwrite(file, piece.data(), static_cast<unsigned>(piece.size())), static_cast<int>(piece.size()));
    }
    ASSERT_EQ(gzclose(file), Z_OK);
  }

  std::string measured(UnpackResult* result) {
    rusage before;
    getrusage(RUSAGE_CHILDREN, &before);
    const Nanoseconds start = monotonic_now();
    const std::string message = unpack_file(archive_path(), result);
    rusage children;
    getrusage(RUSAGE_CHILDREN, &children);
    cpu_seconds_ =
        children.ru_utime.tv_sec + children.ru_stime.tv_sec - before.ru_utime.tv_sec - before.ru_stime.tv_sec;
    peak_mib_ = static_cast<uint64_t>(children.ru_maxrss) >> 10;
    std::printf("%ld s, of the unpacker %ld s of CPU time, peak %lu MiB\n",
                static_cast<long>((monotonic_now() - start) / kSecond), static_cast<long>(cpu_seconds_),
                static_cast<unsigned long>(peak_mib_));
    return message;
  }

  int64_t cpu_seconds_ = 0;  // time on the clock depends on what else runs
  uint64_t peak_mib_ = 0;
};

TEST_F(UnpackLong, AMillionEmptyFiles) {
  const auto entry = [](uint64_t i) { return tar_header({.name = cat("d", i % 100, "/f", i)}); };
  write_gzip(1'000'000, 1, entry);
  UnpackResult result;
  EXPECT_EQ(measured(&result), "");
  EXPECT_EQ(result.entries, 1'000'000u);
  EXPECT_LT(cpu_seconds_, 120);
  EXPECT_LT(peak_mib_, 64u);
  write_gzip(1'000'001, 1, entry);
  EXPECT_NE(measured(nullptr).find("more than 1000000 entries"), std::string::npos);
}

TEST_F(UnpackLong, AMillionFilesInOneDirectory) {
  write_gzip(1'000'000, 1, [](uint64_t i) { return TarBuilder().file(cat("f", i)).unfinished(); });
  UnpackResult result;
  EXPECT_EQ(measured(&result), "");
  EXPECT_LT(peak_mib_, 160u);
}

TEST_F(UnpackLong, TenGibibytesOfZeros) {
  const std::string block(1 << 20, '\0');
  write_gzip(10'241, 9,
             [&](uint64_t i) { return i > 0 ? block : tar_header({.name = "zeros", .size = uint64_t{10} << 30}); });
  const std::string message = measured(nullptr);
  EXPECT_NE(message.find("grows more than 1000 times"), std::string::npos) << message;
  EXPECT_LT(peak_mib_, 64u);
}

}  // namespace
}  // namespace minidock::store
