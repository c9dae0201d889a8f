#include "cli/view/human.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "cli/foreground.h"
#include "cli/progress.h"
#include "cli/view/filter.h"

namespace minidock::cli {
namespace {

TEST(Human, Sizes) {
  EXPECT_EQ(short_size(0), "0B");
  EXPECT_EQ(short_size(999), "999B");
  EXPECT_EQ(short_size(1500), "1.5kB");
  EXPECT_EQ(short_size(77'816'000), "77.8MB");
  EXPECT_EQ(short_size(1'234'567'890), "1.23GB");
}

TEST(Human, EllipsisCutsCharacters) {
  EXPECT_EQ(ellipsis("short", 20), "short");
  EXPECT_EQ(ellipsis("exactly twenty chars", 20), "exactly twenty chars");
  EXPECT_EQ(ellipsis("this is longer than twenty", 20), "this is longer than…");
  EXPECT_EQ(ellipsis("äöüäöü", 4), "äöü…");
}

TEST(Human, Quotes) {
  EXPECT_EQ(quote("sh -c \"a\\b\""), "\"sh -c \\\"a\\\\b\\\"\"");
  EXPECT_EQ(quote("a\nb\x1b"), "\"a\\nb\\x1b\"");
}

TEST(Human, Moments) {
  constexpr Nanoseconds kNow = 1'700'000'000 * kSecond;
  EXPECT_EQ(parse_moment("10m", kNow), kNow - 600 * kSecond);
  EXPECT_EQ(parse_moment("1h30m", kNow), kNow - 5400 * kSecond);
  EXPECT_EQ(parse_moment("1.5s", kNow), kNow - 1'500'000'000);
  EXPECT_EQ(parse_moment("1600000000", kNow), 1'600'000'000 * kSecond);
  EXPECT_EQ(parse_moment("1600000000.25", kNow), 1'600'000'000 * kSecond + 250'000'000);
  EXPECT_EQ(parse_moment("2020-09-13T12:26:40Z", kNow), 1'600'000'000 * kSecond);
  EXPECT_EQ(parse_moment("2020-09-13T12:26:40", kNow), 1'600'000'000 * kSecond);
  EXPECT_THROW(parse_moment("yesterday", kNow), Error);
  EXPECT_THROW(parse_moment("", kNow), Error);
  EXPECT_THROW(parse_moment("10x", kNow), Error);
}

TEST(Human, Progress) {
  EXPECT_EQ(progress_text(54'600'000, 173'000'000, kSecond / 10), "54.6MB / 173MB  31%");
  EXPECT_EQ(progress_text(50'000'000, 100'000'000, kSecond), "50MB / 100MB  50%  50MB/s  1s left");
  EXPECT_EQ(progress_text(5'000'000, 0, kSecond / 2), "5MB  10MB/s");
  EXPECT_EQ(progress_text(1'000'000, 1'000'000'000, kSecond), "1MB / 1GB  0%  1MB/s  16m39s left");
}

TEST(Human, OutOfMemory) {
  EXPECT_EQ(out_of_memory_line("web", {137, true, 32 << 20, 32 << 20, 0, ""}),
            "minidock: container web was killed for want of memory: limit 32MiB, peak 32MiB; raise it with -m (for "
            "example -m 64m)");
  EXPECT_EQ(out_of_memory_line("web", {0, true, 0, 32 << 20, 0, ""}),
            "minidock: a process of container web was killed for want of memory: the host ran short; peak 32MiB");
}

TEST(Filter, NamesAndGlobs) {
  EXPECT_TRUE(name_matches("web-1", "web"));
  EXPECT_TRUE(name_matches("web-1", "^web"));
  EXPECT_FALSE(name_matches("my-web", "^web"));
  EXPECT_TRUE(name_matches("web", "^/web$"));
  EXPECT_FALSE(name_matches("web-1", "^web$"));
  EXPECT_TRUE(glob_matches("ubuntu:22.04", "ubuntu:*"));
  EXPECT_FALSE(glob_matches("a/b", "*"));
}

TEST(Filter, AllOfTheNamesAnyOfTheValues) {
  Filters filters;
  filters.add("status=exited", {"status", "label"});
  filters.add("status=created", {"status", "label"});
  filters.add("label=a=1", {"status", "label"});
  EXPECT_TRUE(filters.any("status", [](const std::string& value) { return value == "created"; }));
  EXPECT_FALSE(filters.any("status", [](const std::string& value) { return value == "running"; }));
  EXPECT_TRUE(filters.any("id", [](const std::string&) { return false; }));
  EXPECT_TRUE(filters.labels_match({{"a", "1"}, {"b", ""}}));
  EXPECT_FALSE(filters.labels_match({{"a", "2"}}));
  EXPECT_THROW(filters.add("nope=1", {"status"}), Error);
  EXPECT_THROW(filters.add("status", {"status"}), Error);
}

}  // namespace
}  // namespace minidock::cli
