// What processes have used, by /proc: for what no cgroup counts. A start joins few v1 hierarchies, not those of
// cpuacct and blkio; and no cgroup counts a network namespace's bytes.
// Sources: proc_pid_stat(5), proc_pid_io(5), proc_pid_net(5), clock_getcpuclockid(3).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace minidock::linux {

struct ProcessUsage {
  Nanoseconds cpu_time = 0;                    // of living ones exact; of ended ones that were waited for: 10 ms
  uint64_t read_bytes = 0, written_bytes = 0;  // that had to come from and go to storage
  ProcessUsage& operator+=(const ProcessUsage& other);
};
// The sum over `processes` and their ended children, which the kernel adds to whoever waited for them. One that has
// gone counts nothing.
ProcessUsage read_process_usage(const std::vector<pid_t>& processes);

struct NetworkUsage {
  uint64_t received = 0, sent = 0;  // bytes
};
// Of the network namespace of `process`, without its loopback device.
NetworkUsage read_network_usage(pid_t process);

// Pure parts, of one file's text each.
Nanoseconds parse_children_time(std::string_view stat, int64_t ticks_a_second);  // fields 16 and 17
void parse_process_io(std::string_view text, ProcessUsage& out);
NetworkUsage parse_network_devices(std::string_view text);

}  // namespace minidock::linux
