// What a container has used: all that `events --stats` of an OCI runtime prints, from v1 or v2.
// Sources: cgroup-v1/{memory,cpuacct,blkio-controller,hugetlb,pids,rdma}.rst; cgroup-v2.rst; accounting/psi.rst.
// A file that this kernel lacks leaves its numbers 0 and its lists empty.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "linux/cgroup.h"

namespace minidock::linux {

struct MemoryCount {   // bytes
  uint64_t limit = 0;  // UINT64_MAX: none (v2's "max"); v1 tells a number near 2^63
  uint64_t usage = 0;
  uint64_t peak = 0;  // runc's "max"
  uint64_t failcnt = 0;
};

struct BlockIoCount {
  int64_t major = 0, minor = 0;
  std::string operation;  // "Read", "Write", "Sync", …; "" where the file has none
  uint64_t value = 0;
};

struct HugepageCount {  // bytes
  uint64_t usage = 0, peak = 0, failcnt = 0;
};

struct RdmaCount {
  std::string device;
  uint32_t handles = 0, objects = 0;  // UINT32_MAX: none
};

struct PressureLine {
  double avg10 = 0, avg60 = 0, avg300 = 0;  // percent
  uint64_t total = 0;                       // µs
};
struct Pressure {  // v2 with CONFIG_PSI
  PressureLine some, full;
};

struct CgroupStats {
  struct Cpu {  // ns
    uint64_t total = 0, kernel = 0, user = 0;
    std::vector<uint64_t> per_cpu, per_cpu_kernel, per_cpu_user;      // v1
    uint64_t periods = 0, throttled_periods = 0, throttled_time = 0;  // of the quota; ns
    uint64_t bursts = 0, burst_time = 0;                              // ns
    std::optional<Pressure> pressure;
  } cpu;
  struct Memory {
    uint64_t cache = 0;
    MemoryCount usage, swap, kernel, kernel_tcp;  // swap: v1 memory and swap together, v2 made so by adding both
    bool use_hierarchy = false;
    std::map<std::string, uint64_t> raw;  // memory.stat
    std::optional<Pressure> pressure;
  } memory;
  struct Pids {
    uint64_t current = 0, limit = 0;  // limit 0: none
  } pids;
  struct BlockIo {  // runc's …Recursive lists
    std::vector<BlockIoCount> service_bytes, serviced, queued, service_time, wait_time, merged, time, sectors;
    std::optional<Pressure> pressure;
  } block_io;
  std::map<std::string, HugepageCount> hugetlb;  // "2MB"
  std::vector<RdmaCount> rdma_current, rdma_limit;
};

// Throws not_found where the container has no cgroup in any hierarchy.
CgroupStats read_cgroup_stats(const CgroupLayout& layout, const std::string& path);

// Pure parts, of one file's text each.
std::vector<BlockIoCount> parse_block_io(std::string_view text);       // "8:0 Read 4096" lines of v1
void parse_io_stat(std::string_view text, CgroupStats::BlockIo& out);  // v2's "8:0 rbytes=… rios=…"
std::optional<Pressure> parse_pressure(std::string_view text);
std::vector<RdmaCount> parse_rdma(std::string_view text);

}  // namespace minidock::linux
