#include "cli/log_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "cli/detach_keys.h"

namespace minidock::cli {
namespace {

TEST(LogLine, Parses) {
  const auto line = parse_log_line(
      R"({"log":"a\tb \"q\" \u00e9 \ud83d\ude00 \ud800x\n","stream":"stderr","time":"2024-01-02T03:04:05Z"})");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->text, "a\tb \"q\" é 😀 �x\n");
  EXPECT_TRUE(line->is_error);
  EXPECT_EQ(line->time, "2024-01-02T03:04:05Z");
  EXPECT_TRUE(parse_log_line(R"({"stream": "stdout", "extra": "x", "log": "y"})"));
}

TEST(LogLine, RefusesWhatWasCutShort) {
  const std::string whole = R"({"log":"abc\u00e9","stream":"stdout","time":"t"})";
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(parse_log_line(whole.substr(0, length))) << length;
  EXPECT_FALSE(parse_log_line(R"({"log":"\x"})"));
  EXPECT_FALSE(parse_log_line(R"({"log":5})"));
}

class LogFileTest : public testing::Test {
 protected:
  LogFileTest() { Fd(mkstemp(path_)).reset(); }
  ~LogFileTest() override { discard_file(AT_FDCWD, path_); }

  void append(const std::string& text) {
    const Fd fd = open_file(AT_FDCWD, path_, O_WRONLY | O_APPEND);
    write_all(fd.get(), text);
  }
  LogFile open() { return LogFile(open_file(AT_FDCWD, path_, O_RDONLY)); }

  char path_[32] = "/tmp/minidock-log-XXXXXX";
};

TEST_F(LogFileTest, ReadsWholeLinesAsTheyCome) {
  append("one\ntwo\nthr");
  LogFile log = open();
  EXPECT_EQ(log.next(), "one");
  EXPECT_EQ(log.next(), "two");
  EXPECT_FALSE(log.next());
  append("ee\n");
  EXPECT_EQ(log.next(), "three");
  EXPECT_FALSE(log.next());
}

TEST_F(LogFileTest, SkipsToTheLastLines) {
  const std::string filler(1000, 'x');
  for (int i = 0; i < 500; ++i) append(cat(i, filler, "\n"));
  LogFile log = open();
  log.skip_to_last(2);
  EXPECT_EQ(log.next(), cat(498, filler));
  EXPECT_EQ(log.next(), cat(499, filler));
  EXPECT_FALSE(log.next());
  log = open();
  log.skip_to_last(0);
  EXPECT_FALSE(log.next());
  log = open();
  log.skip_to_last(10'000);
  EXPECT_EQ(log.next(), cat(0, filler));
  log = open();
  log.skip_to_last(300);
  EXPECT_EQ(log.next(), cat(200, filler));
}

TEST_F(LogFileTest, LinesLongerThanAnyBlock) {
  const std::string line(300'000, 'y');
  append(line + "\nend\n");
  LogFile log = open();
  EXPECT_EQ(log.next(), line);
  EXPECT_EQ(log.next(), "end");
}

TEST(DetachKeys, HoldsBackAndLetsGo) {
  EXPECT_EQ(parse_detach_keys(""), "\x10\x11");
  EXPECT_EQ(parse_detach_keys("ctrl-a,b,ctrl-["),
            "\x01"
            "b\x1b");
  EXPECT_THROW(parse_detach_keys("ctrl-1"), Error);
  EXPECT_THROW(parse_detach_keys("a,,b"), Error);
  DetachKeys keys(parse_detach_keys(""));
  EXPECT_EQ(keys.filter("ls\x10"), "ls");
  EXPECT_EQ(keys.filter("x"), "\x10x");
  EXPECT_EQ(keys.filter("\x10\x10"), "\x10");
  EXPECT_FALSE(keys.detached());
  EXPECT_EQ(keys.filter("\x11 rest"), "");
  EXPECT_TRUE(keys.detached());
}

}  // namespace
}  // namespace minidock::cli
