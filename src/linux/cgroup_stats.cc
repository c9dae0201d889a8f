#include "linux/cgroup_stats.h"

#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/cgroup_apply.h"
#include "linux/cgroup_files.h"

namespace minidock::linux {
namespace {

uint64_t number(const std::string& directory, const std::string& file) {
  return find_cgroup_number(directory, file).value_or(0);
}

// v2's "max".
uint64_t number_or_max(const std::string& directory, const std::string& file) {
  const std::string text(trim(read_cgroup_text(directory, file)));
  return text == "max" ? UINT64_MAX : parse_unsigned(text).value_or(0);
}

std::vector<uint64_t> numbers(const std::string& text) {
  std::vector<uint64_t> out;
  for (const std::string& word : split(trim(text), ' '))
    if (const auto one = parse_unsigned(word)) out.push_back(*one);
  return out;
}

MemoryCount memory_count_v1(const std::string& directory, const std::string& prefix) {
  const std::string start = prefix.empty() ? "memory." : cat("memory.", prefix, ".");
  return {number(directory, start + "limit_in_bytes"), number(directory, start + "usage_in_bytes"),
          number(directory, start + "max_usage_in_bytes"), number(directory, start + "failcnt")};
}

void memory_v1(const std::string& directory, CgroupStats::Memory& out) {
  out.usage = memory_count_v1(directory, "");
  out.swap = memory_count_v1(directory, "memsw");
  out.kernel = memory_count_v1(directory, "kmem");
  out.kernel_tcp = memory_count_v1(directory, "kmem.tcp");
  out.use_hierarchy = number(directory, "memory.use_hierarchy") == 1;
  out.raw = read_cgroup_keyed(directory, "memory.stat");
  out.cache = out.raw["cache"];
}

// Swap as v1 counts it, memory and swap together, which is what readers of these statistics expect.
void memory_v2(const std::string& directory, CgroupStats::Memory& out) {
  out.raw = read_cgroup_keyed(directory, "memory.stat");
  out.cache = out.raw["file"];
  out.use_hierarchy = true;
  out.usage = {number_or_max(directory, "memory.max"), number(directory, "memory.current"),
               number(directory, "memory.peak"), read_cgroup_keyed(directory, "memory.events")["max"]};
  const uint64_t swap_limit = number_or_max(directory, "memory.swap.max");
  const bool limited = swap_limit != UINT64_MAX && out.usage.limit != UINT64_MAX;
  out.swap = {limited ? swap_limit + out.usage.limit : UINT64_MAX,
              number(directory, "memory.swap.current") + out.usage.usage, number(directory, "memory.swap.peak"),
              read_cgroup_keyed(directory, "memory.swap.events")["fail"]};
  out.pressure = parse_pressure(read_cgroup_text(directory, "memory.pressure"));
}

void throttling_v1(const std::string& directory, CgroupStats::Cpu& out) {
  std::map<std::string, uint64_t> stat = read_cgroup_keyed(directory, "cpu.stat");
  out.periods = stat["nr_periods"];
  out.throttled_periods = stat["nr_throttled"];
  out.throttled_time = stat["throttled_time"];
  out.bursts = stat["nr_bursts"];
  out.burst_time = stat["burst_time"];
}

// "cpu user system" lines in ns.
void usage_of_each_cpu(const std::string& text, CgroupStats::Cpu& out) {
  for (const std::string& line : split(text, '\n')) {
    const std::vector<uint64_t> row = numbers(line);
    if (row.size() != 3) continue;
    out.per_cpu_user.push_back(row[1]);
    out.per_cpu_kernel.push_back(row[2]);
  }
}

void cpuacct_v1(const std::string& directory, CgroupStats::Cpu& out) {
  out.total = number(directory, "cpuacct.usage");
  out.user = number(directory, "cpuacct.usage_user");
  out.kernel = number(directory, "cpuacct.usage_sys");
  out.per_cpu = numbers(read_cgroup_text(directory, "cpuacct.usage_percpu"));
  usage_of_each_cpu(read_cgroup_text(directory, "cpuacct.usage_all"), out);
}

void cpu_v2(const std::string& directory, CgroupStats::Cpu& out) {
  constexpr uint64_t kMicrosecond = 1000;
  std::map<std::string, uint64_t> stat = read_cgroup_keyed(directory, "cpu.stat");
  out.total = stat["usage_usec"] * kMicrosecond;
  out.user = stat["user_usec"] * kMicrosecond;
  out.kernel = stat["system_usec"] * kMicrosecond;
  out.periods = stat["nr_periods"];
  out.throttled_periods = stat["nr_throttled"];
  out.throttled_time = stat["throttled_usec"] * kMicrosecond;
  out.bursts = stat["nr_bursts"];
  out.burst_time = stat["burst_usec"] * kMicrosecond;
  out.pressure = parse_pressure(read_cgroup_text(directory, "cpu.pressure"));
}

void block_io_v1(const std::string& directory, CgroupStats::BlockIo& out) {
  const auto read = [&](const char* name) {
    std::vector<BlockIoCount> list = parse_block_io(read_cgroup_text(directory, cat("blkio.bfq.", name)));
    return list.empty() ? parse_block_io(read_cgroup_text(directory, cat("blkio.", name))) : list;
  };
  out.service_bytes = read("io_service_bytes_recursive");
  out.serviced = read("io_serviced_recursive");
  // Without an I/O scheduler that counts only the throttler has numbers.
  if (out.service_bytes.empty()) out.service_bytes = read("throttle.io_service_bytes_recursive");
  if (out.serviced.empty()) out.serviced = read("throttle.io_serviced_recursive");
  out.queued = read("io_queued_recursive");
  out.service_time = read("io_service_time_recursive");
  out.wait_time = read("io_wait_time_recursive");
  out.merged = read("io_merged_recursive");
  out.time = read("time_recursive");
  out.sectors = read("sectors_recursive");
}

// By the files that are there: "hugetlb.2MB.usage_in_bytes" or "hugetlb.2MB.current".
void hugetlb(const std::string& directory, bool v2, std::map<std::string, HugepageCount>& out) {
  const std::string_view suffix = v2 ? ".current" : ".usage_in_bytes";
  const Fd dir = open_dir(AT_FDCWD, directory);
  for (const std::string& name : list_dir(dir.get())) {
    if (!name.starts_with("hugetlb.") || !name.ends_with(suffix) || name.find(".rsvd.") != std::string::npos) continue;
    const std::string start = name.substr(0, name.size() - suffix.size());
    HugepageCount& count = out[start.substr(sizeof "hugetlb." - 1)];
    count.usage = number(directory, name);
    // v2 has no peak.
    count.peak = v2 ? 0 : number(directory, start + ".max_usage_in_bytes");
    count.failcnt = v2 ? read_cgroup_keyed(directory, start + ".events")["max"] : number(directory, start + ".failcnt");
  }
}

class Reader {
 public:
  Reader(const CgroupLayout& layout, const std::string& path) : layout_(layout), path_(path) {}

  // What to do with the directory of a controller, where the container has one.
  template <typename Read>
  void with(const char* controller, Read read) const {
    const CgroupHierarchy* hierarchy = layout_.find(controller);
    if (!hierarchy) return;
    const std::string directory = cgroup_directory(*hierarchy, path_);
    if (is_cgroup_there(directory)) read(directory, hierarchy->version == 2);
  }

 private:
  const CgroupLayout& layout_;
  const std::string& path_;
};

}  // namespace

CgroupStats read_cgroup_stats(const CgroupLayout& layout, const std::string& path) {
  if (find_cgroups(layout, path).empty())
    throw_error(ErrorKind::not_found, "the cgroup ", printable(path), " does not exist");
  CgroupStats out;
  const Reader reader(layout, path);
  reader.with("memory", [&](const std::string& directory, bool v2) {
    v2 ? memory_v2(directory, out.memory) : memory_v1(directory, out.memory);
  });
  reader.with("cpu", [&](const std::string& directory, bool v2) {
    v2 ? cpu_v2(directory, out.cpu) : throttling_v1(directory, out.cpu);
  });
  reader.with("cpuacct", [&](const std::string& directory, bool) { cpuacct_v1(directory, out.cpu); });
  reader.with("pids", [&](const std::string& directory, bool) {
    out.pids = {number(directory, "pids.current"), number(directory, "pids.max")};
  });
  reader.with("blkio", [&](const std::string& directory, bool) { block_io_v1(directory, out.block_io); });
  reader.with("io", [&](const std::string& directory, bool) {
    parse_io_stat(read_cgroup_text(directory, "io.stat"), out.block_io);
    out.block_io.pressure = parse_pressure(read_cgroup_text(directory, "io.pressure"));
  });
  reader.with("hugetlb", [&](const std::string& directory, bool v2) { hugetlb(directory, v2, out.hugetlb); });
  reader.with("rdma", [&](const std::string& directory, bool) {
    out.rdma_current = parse_rdma(read_cgroup_text(directory, "rdma.current"));
    out.rdma_limit = parse_rdma(read_cgroup_text(directory, "rdma.max"));
  });
  return out;
}

}  // namespace minidock::linux
