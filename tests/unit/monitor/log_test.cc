// The log as the monitor writes it and `logs` reads it, in both formats and over rotations.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "base/error.h"
#include "base/file.h"
#include "monitor/log_reader.h"

namespace minidock::monitor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(LogLine, Parses) {
  const auto line = parse_json_line(
      R"({"log":"a\tb \"q\" \u00e9 \ud83d\ude00 \ud800x\n","stream":"stderr","time":"2024-01-02T03:04:05Z"})");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->text, "a\tb \"q\" é 😀 �x\n");
  EXPECT_TRUE(line->is_error);
  EXPECT_EQ(rfc3339(line->time), "2024-01-02T03:04:05Z");
  EXPECT_TRUE(parse_json_line(R"({"stream": "stdout", "extra": "x", "log": "y"})"));
}

TEST(LogLine, AttributesArePassedOver) {
  const auto line =
      parse_json_line(R"({"log":"y\n","stream":"stdout","attrs":{"a":"\"}","log":"z"},"time":"2024-01-02T03:04:05Z"})");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->text, "y\n");
  EXPECT_EQ(rfc3339(line->time), "2024-01-02T03:04:05Z");
  EXPECT_TRUE(parse_json_line(R"({"attrs":{},"log":"y"})"));
  EXPECT_FALSE(parse_json_line(R"({"attrs":{"a":"b","log":"y"})"));
}

TEST(LogLine, OfAJournalEntry) {
  linux::JournalEntry entry;
  entry.time = kSecond;
  entry.fields = {{"MESSAGE", "a\nb"}, {"PRIORITY", "3"}};
  EXPECT_EQ(line_of(entry).text, "a\nb\n");
  EXPECT_TRUE(line_of(entry).is_error);
  EXPECT_EQ(line_of(entry).time, kSecond);
  entry.fields = {{"MESSAGE", "part"},
                  {"PRIORITY", "6"},
                  {"CONTAINER_PARTIAL_MESSAGE", "true"},
                  {"SYSLOG_TIMESTAMP", "1970-01-01T00:00:02Z"}};
  EXPECT_EQ(line_of(entry).text, "part");
  EXPECT_FALSE(line_of(entry).is_error);
  EXPECT_EQ(line_of(entry).time, 2 * kSecond);
}

TEST(LogLine, RefusesWhatWasCutShort) {
  const std::string whole = R"({"log":"abc\u00e9","stream":"stdout","time":"t"})";
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(parse_json_line(whole.substr(0, length))) << length;
  EXPECT_FALSE(parse_json_line(R"({"log":"\x"})"));
  EXPECT_FALSE(parse_json_line(R"({"log":5})"));
}

class LogTest : public testing::TestWithParam<LogFormat> {
 protected:
  LogTest() { mkdtemp(directory_); }
  ~LogTest() override {
    for (const std::string& name : list_dir(AT_FDCWD, directory_)) discard_file(AT_FDCWD, cat(directory_, "/", name));
    rmdir(directory_);
  }

  std::string record(const std::string& text) {
    ++time_;
    if (GetParam() == LogFormat::json) {
      const bool whole = text.ends_with('\n');
      return cat("{\"log\":\"", text.substr(0, text.size() - (whole ? 1 : 0)), whole ? "\\n" : "",
                 "\",\"stream\":\"stdout\",\"time\":\"", rfc3339_fixed(time_), "\"}\n");
    }
    LogRecordHead head = {};
    head.size = static_cast<uint32_t>(text.size());
    head.stream = 1;
    head.partial = text.ends_with('\n') ? 0 : 1;
    head.magic = kLogMagic;
    head.time = time_;
    std::string out(reinterpret_cast<const char*>(&head), sizeof head);
    out += text;
    return out.append(reinterpret_cast<const char*>(&head.size), sizeof head.size);
  }
  void append_raw(const std::string& bytes) {
    const Fd fd(::open(path().c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600));
    write_all(fd.get(), bytes);
  }
  void append(const std::string& text) { append_raw(record(text)); }
  // As the monitor does it: by rename, and compressed some time later.
  void rotate(int older) {
    for (int i = older; i >= 1; --i) {
      rename(cat(path(), ".", i).c_str(), cat(path(), ".", i + 1).c_str());
      rename(cat(path(), ".", i, ".gz").c_str(), cat(path(), ".", i + 1, ".gz").c_str());
    }
    rename(path().c_str(), (path() + ".1").c_str());
  }
  void compress(int index) {
    const std::string plain = cat(path(), ".", index);
    const Fd input = open_file(AT_FDCWD, plain, O_RDONLY);
    const Fd output(::open((plain + ".gz").c_str(), O_WRONLY | O_CREAT, 0600));
    compress_log(input.get(), output.get());
    discard_file(AT_FDCWD, plain);
  }
  std::string path() const { return cat(directory_, "/log"); }
  LogReader open() { return {path(), GetParam()}; }
  static std::vector<std::string> rest(LogReader& log) {
    std::vector<std::string> lines;
    while (const auto line = log.next()) lines.push_back(line->text);
    return lines;
  }

  char directory_[32] = "/tmp/minidock-log-XXXXXX";
  Nanoseconds time_ = 1'700'000'000 * kSecond;
};

TEST_P(LogTest, ReadsWholeLinesAsTheyCome) {
  const std::string third = record("three\n");
  append("one\n");
  append("two\n");
  append_raw(third.substr(0, third.size() / 2));
  LogReader log = open();
  EXPECT_THAT(rest(log), ElementsAre("one\n", "two\n"));
  append_raw(third.substr(third.size() / 2));
  EXPECT_THAT(rest(log), ElementsAre("three\n"));
  EXPECT_THAT(rest(log), IsEmpty());
}

TEST_P(LogTest, SkipsToTheLastLines) {
  const std::string filler(1000, 'x');
  std::string all;
  for (int i = 0; i < 500; ++i) all += record(cat(i, filler, "\n"));
  append_raw(all);
  for (const int count : {0, 1, 2, 300, 500}) {
    LogReader log = open();
    log.skip_to_last(static_cast<uint64_t>(count));
    const auto lines = rest(log);
    ASSERT_EQ(lines.size(), static_cast<size_t>(count));
    if (count > 0) {
      EXPECT_EQ(lines.front(), cat(500 - count, filler, "\n"));
    }
  }
  LogReader log = open();
  log.skip_to_last(10'000);
  EXPECT_EQ(rest(log).size(), 500u);
}

TEST_P(LogTest, OlderFilesComeFirstCompressedOrNot) {
  append("1\n");
  append("2\n");
  rotate(0);
  append("3\n");
  rotate(1);
  compress(2);
  append("4\n");
  append("5\n");
  LogReader all = open();
  EXPECT_THAT(rest(all), ElementsAre("1\n", "2\n", "3\n", "4\n", "5\n"));
  for (uint64_t count = 0; count <= 6; ++count) {
    LogReader log = open();
    log.skip_to_last(count);
    const auto lines = rest(log);
    EXPECT_EQ(lines.size(), std::min<uint64_t>(count, 5));
    if (!lines.empty()) {
      EXPECT_EQ(lines.back(), "5\n");
    }
  }
}

TEST_P(LogTest, AFollowerLosesNothingToARotation) {
  append("1\n");
  LogReader log = open();
  EXPECT_THAT(rest(log), ElementsAre("1\n"));
  append("2\n");
  rotate(0);
  append("3\n");
  EXPECT_THAT(rest(log), ElementsAre("2\n", "3\n"));
  // Two rotations between two looks, and what it was in is compressed: found by time.
  append("4\n");
  rotate(1);
  append("5\n");
  rotate(2);
  compress(2);
  append("6\n");
  EXPECT_THAT(rest(log), ElementsAre("4\n", "5\n", "6\n"));
}

// As a rotation leaves it for an instant, when the older files have moved and the log has not.
TEST_P(LogTest, ANumberThatIsLeftOutHidesNothing) {
  append("1\n");
  rotate(0);
  append("2\n");
  rename((path() + ".1").c_str(), (path() + ".2").c_str());
  LogReader log = open();
  EXPECT_THAT(rest(log), ElementsAre("1\n", "2\n"));
}

TEST_P(LogTest, ALogThatIsNotThereYet) {
  LogReader log = open();
  EXPECT_THAT(rest(log), IsEmpty());
  append("first\n");
  EXPECT_THAT(rest(log), ElementsAre("first\n"));
}

INSTANTIATE_TEST_SUITE_P(Formats, LogTest, testing::Values(LogFormat::json, LogFormat::local),
                         [](const auto& format) { return format.param == LogFormat::json ? "json" : "local"; });

class LocalLogTest : public LogTest {};
INSTANTIATE_TEST_SUITE_P(Format, LocalLogTest, testing::Values(LogFormat::local));

TEST_P(LocalLogTest, IsBinarySafeAndKnowsPartsOfLines) {
  const std::string zeros(1000, '\0');
  append(zeros + "\n");
  append("part, ");
  append("and its end\n");
  append("no end");
  LogReader all = open();
  EXPECT_THAT(rest(all), ElementsAre(zeros + "\n", "part, ", "and its end\n", "no end"));
  LogReader last = open();
  last.skip_to_last(1);
  EXPECT_THAT(rest(last), ElementsAre("no end"));
  LogReader two = open();
  two.skip_to_last(2);
  EXPECT_THAT(rest(two), ElementsAre("part, ", "and its end\n", "no end"));
}

TEST_P(LocalLogTest, AWriteThatWasCutShortIsPassedOver) {
  append("one\n");
  const std::string lost = record("lost\n");
  append_raw(lost.substr(0, 10));
  append("two\n");
  LogReader log = open();
  EXPECT_THAT(rest(log), ElementsAre("one\n", "two\n"));
}

}  // namespace
}  // namespace minidock::monitor
