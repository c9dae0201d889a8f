#include "engine/usage.h"

#include <sys/sysinfo.h>

#include <algorithm>

#include "engine/container_cgroup.h"
#include "engine/engine.h"
#include "engine/leftovers.h"
#include "linux/cgroup_join.h"
#include "linux/cgroup_stats.h"
#include "linux/process_usage.h"

namespace minidock::engine {

namespace {

uint64_t host_memory() {
  struct sysinfo info;
  return ::sysinfo(&info) == 0 ? static_cast<uint64_t>(info.totalram) * info.mem_unit : 0;
}

void take_memory(const linux::CgroupStats::Memory& memory, ContainerUsage& out) {
  // v1's totals are those of the cgroup and all below it, v2's files always are; docker's rule for both.
  const auto v1 = memory.raw.find("total_inactive_file"), v2 = memory.raw.find("inactive_file");
  uint64_t droppable = 0;
  if (v2 != memory.raw.end()) droppable = v2->second;
  if (v1 != memory.raw.end()) droppable = v1->second;
  out.memory = memory.usage.usage - std::min(droppable, memory.usage.usage);
  const uint64_t host = host_memory();
  out.memory_limit = std::min(memory.usage.limit, host);
}

}  // namespace

double cpu_percent(const ContainerUsage& before, const ContainerUsage& after) {
  const Nanoseconds time = after.taken - before.taken, used = after.cpu_time - before.cpu_time;
  return time <= 0 || used <= 0 ? 0 : 100.0 * static_cast<double>(used) / static_cast<double>(time);
}

ContainerUsage Engine::usage(const ContainerView& view) {
  ContainerUsage out;
  out.taken = monotonic_now();
  if (!view.is_up()) return out;
  const std::string path = cgroup_path(store_, view.row.id);
  const linux::CgroupStats stats = linux::read_cgroup_stats(cgroup_layout(), path);
  const linux::ProcessUsage of_processes = linux::read_process_usage(linux::container_processes(cgroup_layout(), path));
  // v2 counts for every cgroup. v1's cpuacct is joined by no start: there the processes' own clocks tell.
  const bool counted = cgroup_layout().mode == linux::CgroupMode::v2;
  out.cpu_time = counted ? static_cast<Nanoseconds>(stats.cpu.total) : of_processes.cpu_time;
  take_memory(stats.memory, out);
  out.read_bytes = of_processes.read_bytes;
  out.written_bytes = of_processes.written_bytes;
  out.processes = stats.pids.current;
  // What goes over the host's network is not the container's alone.
  if (view.config().network == "host") return out;
  const linux::NetworkUsage network = linux::read_network_usage(view.run.pid);
  out.received = network.received;
  out.sent = network.sent;
  return out;
}

}  // namespace minidock::engine
