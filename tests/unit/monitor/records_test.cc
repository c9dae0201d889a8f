// The records that the monitor leaves for later commands: read back, and doubted where they may be stale.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "linux/syscalls.h"
#include "monitor/frame.h"
#include "monitor/launch.h"

namespace minidock::monitor {
namespace {

class RecordsTest : public ::testing::Test {
 protected:
  RecordsTest() {
    char name[] = "/tmp/minidock-records-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~RecordsTest() override { discard_tree(AT_FDCWD, path_); }
  std::string path_;
};

TEST_F(RecordsTest, AnExitRecordReadsBack) {
  ExitRecord record{137, true, 32 << 20, 33 << 20, 1'700'000'000'000'000'000, "two\nlines"};
  write_exit_record(path_ + "/exit", record);
  const auto found = find_exit_record(path_ + "/exit");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->code, 137);
  EXPECT_TRUE(found->oom_killed);
  EXPECT_EQ(found->memory_limit, 32u << 20);
  EXPECT_EQ(found->memory_peak, 33u << 20);
  EXPECT_EQ(found->finished, record.finished);
  EXPECT_EQ(found->error, "two lines");
  EXPECT_EQ(list_dir(AT_FDCWD, path_), std::vector<std::string>{"exit"});
}

// docs/upgrades.md: a record of another version is read for what both know.
TEST_F(RecordsTest, RecordsOfOtherVersionsAreRead) {
  write_file(AT_FDCWD, path_ + "/exit", "code=3\nfuture=yes\n");
  const auto exit = find_exit_record(path_ + "/exit");
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 3);
  EXPECT_EQ(exit->finished, 0);
  EXPECT_EQ(exit->error, "");
  write_file(AT_FDCWD, path_ + "/state", "future=1\npid=7\n");
  const auto state = find_run_state(path_);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->pid, 7);
  EXPECT_EQ(state->monitor_pid, 0);
}

TEST_F(RecordsTest, WhatIsMissingIsNotThere) {
  EXPECT_FALSE(find_exit_record(path_ + "/exit"));
  EXPECT_FALSE(find_run_state(path_));
}

class LiveProcessTest : public RecordsTest {
 protected:
  RunState own() {
    RunState state;
    state.pid = getpid();
    const std::string stat = read_file(AT_FDCWD, "/proc/self/stat");
    state.start_time = static_cast<uint64_t>(*parse_int(split(stat.substr(stat.rfind(')') + 1), ' ').at(20)));
    state.boot_id = read_boot_id();
    return state;
  }
};

TEST_F(LiveProcessTest, AReusedPidIsNotTakenForTheContainer) {
  RunState state = own();
  EXPECT_TRUE(open_container_process(state));
  ++state.start_time;
  EXPECT_FALSE(open_container_process(state));
}

// By the pidfd's inode alone, where the monitor wrote one; the start time is not looked at then.
TEST_F(LiveProcessTest, APidfdsInodeTellsItToo) {
  struct statfs file_system;
  struct stat info;
  const Fd self(linux::pidfd_open(getpid(), 0));
  ASSERT_EQ(fstatfs(self.get(), &file_system), 0);
  if (file_system.f_type != 0x50494446) GTEST_SKIP() << "the kernel has no pidfs: it is older than 6.9";
  ASSERT_EQ(fstat(self.get(), &info), 0);
  RunState state = own();
  state.start_time = 0;
  state.pidfd_inode = info.st_ino;
  EXPECT_TRUE(open_container_process(state));
  ++state.pidfd_inode;
  EXPECT_FALSE(open_container_process(state));
}

TEST_F(LiveProcessTest, AnotherBootIsNotThisOne) {
  RunState state = own();
  state.boot_id = "00000000-0000-0000-0000-000000000000";
  EXPECT_FALSE(open_container_process(state));
}

TEST(Frame, LengthsAreBigEndianAsDockersAre) {
  char header[kFrameHeader];
  put_frame_header(header, FrameKind::error_output, 0x01020304);
  EXPECT_EQ(std::string(header, 8), std::string("\x02\0\0\0\x01\x02\x03\x04", 8));
  EXPECT_EQ(frame_length(header), 0x01020304u);
}

}  // namespace
}  // namespace minidock::monitor
