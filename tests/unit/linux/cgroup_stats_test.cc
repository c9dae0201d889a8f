// The texts of statistics files.
#include "linux/cgroup_stats.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace minidock::linux {
namespace {

std::string shown(const std::vector<BlockIoCount>& list) {
  std::string out;
  for (const BlockIoCount& one : list) out += cat(one.major, ":", one.minor, " ", one.operation, " ", one.value, "; ");
  return out;
}

TEST(CgroupStats, BlockIoOfV1) {
  EXPECT_EQ(shown(parse_block_io("8:0 Read 4096\n8:0 Write 0\n253:1 Total 18446744073709551615\nTotal 4096\n")),
            "8:0 Read 4096; 8:0 Write 0; 253:1 Total 18446744073709551615; ");
  EXPECT_EQ(shown(parse_block_io("8:0 77\n")), "8:0  77; ") << "a file without operations";
  EXPECT_EQ(shown(parse_block_io("")), "");
  EXPECT_EQ(shown(parse_block_io("8:x Read 1\n:\n8:0 Read\n8:0 Read many\n8 Read 1\n")), "");
}

TEST(CgroupStats, IoStatOfV2) {
  CgroupStats::BlockIo io;
  parse_io_stat("8:16 rbytes=1459200 wbytes=314773504 rios=192 wios=353 dbytes=0 dios=0\n8:0\n254:1 wbytes=7\n", io);
  EXPECT_EQ(shown(io.service_bytes), "8:16 Read 1459200; 8:16 Write 314773504; 254:1 Write 7; ");
  EXPECT_EQ(shown(io.serviced), "8:16 Read 192; 8:16 Write 353; ");
}

TEST(CgroupStats, Pressure) {
  const auto pressure = parse_pressure(
      "some avg10=1.50 avg60=0.25 avg300=0.00 total=14560\nfull avg10=0.00 avg60=0.00 avg300=12.34 total=9\n");
  ASSERT_TRUE(pressure);
  EXPECT_DOUBLE_EQ(pressure->some.avg10, 1.5);
  EXPECT_DOUBLE_EQ(pressure->full.avg300, 12.34);
  EXPECT_EQ(pressure->some.total, 14560u);
  EXPECT_FALSE(parse_pressure("")) << "a kernel without it";
}

TEST(CgroupStats, Rdma) {
  const std::vector<RdmaCount> counts =
      parse_rdma("mlx4_0 hca_handle=2 hca_object=2000\nocrdma1 hca_handle=3 hca_object=max\n");
  ASSERT_EQ(counts.size(), 2u);
  EXPECT_EQ(counts[0].device, "mlx4_0");
  EXPECT_EQ(counts[0].objects, 2000u);
  EXPECT_EQ(counts[1].handles, 3u);
  EXPECT_EQ(counts[1].objects, UINT32_MAX);
}

}  // namespace
}  // namespace minidock::linux
