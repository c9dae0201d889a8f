#include "store/event_log.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>

#include <set>

#include "linux/shared_log.h"
#include "support/temporary_store.h"

namespace minidock::store {
namespace {

class EventLogTest : public ::testing::Test {
 protected:
  EventLogTest() {
    ensure_dirs(run(), 0700);
    append_event(run(), {1, "container", "first", "x", {}});
  }
  const std::string& run() const { return place_.location().run_root; }
  std::string log(const std::string& suffix = "") const { return place_.run_root("events/log" + suffix); }
  bool append(const std::string& action, int64_t limit) const {
    std::string record = "\n" + oci::to_json({1, "container", action, "x", {}}) + "\n";
    const iovec part = {record.data(), record.size()};
    return linux::append_to_shared_log(log().c_str(), &part, 1, limit);
  }
  static std::string actions(const std::vector<oci::Event>& events) {
    std::string out;
    for (const oci::Event& event : events) out += event.action + " ";
    return out;
  }
  static bool is_readable(const EventReader& reader) {
    pollfd wait = {reader.fd(), POLLIN, 0};
    return poll(&wait, 1, 0) == 1;
  }
  TemporaryStore place_;
};

TEST_F(EventLogTest, AReaderSeesWhatWasAndWhatComes) {
  EventReader reader(run());
  EXPECT_EQ(actions(reader.read()), "first ");
  EXPECT_FALSE(is_readable(reader));
  append_event(run(), {2, "image", "tag", "y", {{"name", "z"}}});
  EXPECT_TRUE(is_readable(reader));
  EXPECT_EQ(actions(reader.read()), "tag ");
  EXPECT_EQ(actions(reader.read()), "");
}

TEST_F(EventLogTest, AReaderMayComeFirst) {
  discard_tree(AT_FDCWD, place_.run_root("events"));
  EventReader reader(run());
  EXPECT_EQ(actions(reader.read()), "");
  append_event(run(), {2, "image", "tag", "y", {}});
  EXPECT_TRUE(is_readable(reader));
  EXPECT_EQ(actions(reader.read()), "tag ");
}

TEST_F(EventLogTest, TornRecordsAreLinesOfTheirOwn) {
  {
    const Fd fd = open_file(AT_FDCWD, log(), O_WRONLY | O_APPEND);
    write_all(fd.get(), "\n{\"time\":3,\"type\":\"cont");
  }
  EventReader reader(run());
  EXPECT_EQ(actions(reader.read()), "first ");
  append_event(run(), {4, "container", "next", "x", {}});
  EXPECT_EQ(actions(reader.read()), "next ");
}

TEST_F(EventLogTest, NothingIsLostAtARotation) {
  EventReader reader(run());
  std::string seen = actions(reader.read()), expected = "first ";
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(append(cat("a", i), 1000));
    expected += cat("a", i, " ");
    if (i % 7 == 0) seen += actions(reader.read());
  }
  seen += actions(reader.read());
  EXPECT_EQ(seen, expected);
  EXPECT_TRUE(exists_at(AT_FDCWD, log(".1")));
  struct stat info;
  ASSERT_EQ(stat(log(".1").c_str(), &info), 0);
  EXPECT_LT(info.st_size, 1200);
}

// A reader that was away for two of them: of what is still there it misses nothing.
TEST_F(EventLogTest, TwoRotationsBetweenLooks) {
  EventReader reader(run());
  reader.read();
  ASSERT_TRUE(append("a", 50));
  ASSERT_TRUE(append("b", 50));
  EXPECT_EQ(actions(reader.read()), "a b ");
}

TEST_F(EventLogTest, ALateWriterOfTheOldFileIsHeard) {
  EventReader reader(run());
  reader.read();
  const Fd late = open_file(AT_FDCWD, log(), O_WRONLY | O_APPEND);
  ASSERT_TRUE(append("a", 50));
  ASSERT_TRUE(append("b", 100000));
  EXPECT_EQ(actions(reader.read()), "a b ");
  write_all(late.get(), "\n" + oci::to_json({1, "container", "late", "x", {}}) + "\n");
  EXPECT_TRUE(is_readable(reader));
  EXPECT_EQ(actions(reader.read()), "late ");
}

// Whose rotator stands still in the middle of it: writers go on, and the memory of the machine is not filled.
TEST_F(EventLogTest, AStoppedRotationHoldsNobodyUp) {
  const Fd held = open_file(AT_FDCWD, log(), O_RDONLY);
  ASSERT_TRUE(try_lock_file(held.get()));
  int written = 0;
  for (int i = 0; i < 200; ++i) written += append(cat("a", i), 1000) ? 1 : 0;
  EXPECT_GT(written, 30);
  EXPECT_LT(written, 100);
  EXPECT_FALSE(exists_at(AT_FDCWD, log(".1")));
}

TEST_F(EventLogTest, ManyWritersAndARotationTearNothing) {
  constexpr int kWriters = 6, kEach = 300;
  constexpr int64_t kLimit = 100'000;  // all of them are in two files, however late the reader looks
  EventReader reader(run());
  std::multiset<std::string> seen;
  const auto take = [&] {
    for (const oci::Event& event : reader.read()) seen.insert(event.action);
  };
  take();
  std::vector<pid_t> children;
  for (int writer = 0; writer < kWriters; ++writer) {
    const pid_t child = fork();
    if (child == 0) {
      for (int i = 0; i < kEach; ++i) append(cat("w", writer, ".", i), kLimit);
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    while (waitpid(child, nullptr, WNOHANG) == 0) take();
  }
  take();
  EXPECT_TRUE(exists_at(AT_FDCWD, log(".1")));
  EXPECT_EQ(seen.count("first"), 1u);
  for (int writer = 0; writer < kWriters; ++writer) {
    for (int i = 0; i < kEach; ++i) EXPECT_EQ(seen.count(cat("w", writer, ".", i)), 1u) << writer << "." << i;
  }
}

TEST_F(EventLogTest, FailuresAreSilent) {
  append_event(place_.run_root("missing"), {1, "container", "a", "x", {}});
  discard_tree(AT_FDCWD, place_.run_root("events"));
  write_file(AT_FDCWD, place_.run_root("events"), "");
  append_event(run(), {1, "container", "a", "x", {}});
}

}  // namespace
}  // namespace minidock::store
