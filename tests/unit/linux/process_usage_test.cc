#include "linux/process_usage.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace minidock::linux {
namespace {

TEST(ProcessUsage, ChildrenTimeIsAfterAnyName) {
  const char* stat = "7 (a) b (c)) S 1 7 7 0 -1 4194560 100 200 0 0 11 22 30 40 20 0 1 0 555 1000 10";
  EXPECT_EQ(parse_children_time(stat, 100), 700'000'000);
  EXPECT_EQ(parse_children_time("7 (cut) S 1 7", 100), 0);
  EXPECT_EQ(parse_children_time("", 100), 0);
}

TEST(ProcessUsage, IoIsWhatReachedStorage) {
  ProcessUsage usage;
  parse_process_io("rchar: 100\nwchar: 200\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 5\n", usage);
  EXPECT_EQ(usage.read_bytes, 4096u);
  EXPECT_EQ(usage.written_bytes, 8192u);
  parse_process_io("", usage);
  EXPECT_EQ(usage.read_bytes, 4096u) << "no file, no change";
}

TEST(ProcessUsage, LoopbackIsLeftOut) {
  const NetworkUsage usage = parse_network_devices(
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs\n"
      "    lo: 1000 1 0 0 0 0 0 0 1000 1 0 0 0 0 0 0\n"
      "  eth0:123456 9 0 0 0 0 0 0 789 3 0 0 0 0 0 0\n"
      "  eth1: 1 1 0 0 0 0 0 0 2 1 0 0 0 0 0 0\n");
  EXPECT_EQ(usage.received, 123457u);
  EXPECT_EQ(usage.sent, 791u);
}

TEST(ProcessUsage, CountsThisProcess) {
  const ProcessUsage first = read_process_usage({::getpid()});
  volatile uint64_t sink = 0;
  for (int i = 0; i < 2'000'000; ++i) sink = sink + static_cast<uint64_t>(i);
  const ProcessUsage second = read_process_usage({::getpid()});
  EXPECT_GT(first.cpu_time, 0);
  EXPECT_GT(second.cpu_time, first.cpu_time);
}

TEST(ProcessUsage, WhoIsGoneCountsNothing) {
  const ProcessUsage usage = read_process_usage({0x3fffffff});
  EXPECT_EQ(usage.cpu_time, 0);
  EXPECT_EQ(usage.read_bytes, 0u);
}

}  // namespace
}  // namespace minidock::linux
