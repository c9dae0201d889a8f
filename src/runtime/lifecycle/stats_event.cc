#include "runtime/lifecycle/stats_event.h"

#include <nlohmann/json.hpp>

#include "oci/json_fields.h"

namespace minidock::runtime {
namespace {

using StatsJson = nlohmann::ordered_json;

void put_pressure(StatsJson& object, const std::optional<linux::Pressure>& pressure) {
  if (!pressure) return;
  const auto line = [](const linux::PressureLine& one) {
    return StatsJson{{"avg10", one.avg10}, {"avg60", one.avg60}, {"avg300", one.avg300}, {"total", one.total}};
  };
  object["psi"] = {{"some", line(pressure->some)}, {"full", line(pressure->full)}};
}

StatsJson cpu_json(const linux::CgroupStats::Cpu& cpu) {
  StatsJson usage;
  oci::put(usage, "total", cpu.total);
  oci::put(usage, "percpu", cpu.per_cpu);
  oci::put(usage, "percpu_kernel", cpu.per_cpu_kernel);
  oci::put(usage, "percpu_user", cpu.per_cpu_user);
  usage["kernel"] = cpu.kernel;
  usage["user"] = cpu.user;
  StatsJson throttling = StatsJson::object();
  oci::put(throttling, "periods", cpu.periods);
  oci::put(throttling, "throttledPeriods", cpu.throttled_periods);
  oci::put(throttling, "throttledTime", cpu.throttled_time);
  StatsJson burst = StatsJson::object();
  oci::put(burst, "burstsPeriods", cpu.bursts);
  oci::put(burst, "burstTime", cpu.burst_time);
  StatsJson out = {{"usage", usage}, {"throttling", throttling}};
  oci::put(out, "burst", burst);
  put_pressure(out, cpu.pressure);
  return out;
}

StatsJson memory_entry(const linux::MemoryCount& count) {
  StatsJson out;
  out["limit"] = count.limit;
  oci::put(out, "usage", count.usage);
  oci::put(out, "max", count.peak);
  out["failcnt"] = count.failcnt;
  return out;
}

StatsJson memory_json(const linux::CgroupStats::Memory& memory) {
  StatsJson out;
  oci::put(out, "cache", memory.cache);
  out["usage"] = memory_entry(memory.usage);
  out["swap"] = memory_entry(memory.swap);
  out["kernel"] = memory_entry(memory.kernel);
  out["kernelTCP"] = memory_entry(memory.kernel_tcp);
  oci::put(out, "raw", memory.raw);
  put_pressure(out, memory.pressure);
  return out;
}

void put_block_io(StatsJson& object, const char* key, const std::vector<linux::BlockIoCount>& counts) {
  if (counts.empty()) return;
  StatsJson list = StatsJson::array();
  for (const linux::BlockIoCount& count : counts) {
    StatsJson one = StatsJson::object();
    oci::put(one, "major", count.major);
    oci::put(one, "minor", count.minor);
    oci::put(one, "op", count.operation);
    oci::put(one, "value", count.value);
    list.push_back(one);
  }
  object[key] = list;
}

StatsJson block_io_json(const linux::CgroupStats::BlockIo& io) {
  StatsJson out = StatsJson::object();
  put_block_io(out, "ioServiceBytesRecursive", io.service_bytes);
  put_block_io(out, "ioServicedRecursive", io.serviced);
  put_block_io(out, "ioQueueRecursive", io.queued);
  put_block_io(out, "ioServiceTimeRecursive", io.service_time);
  put_block_io(out, "ioWaitTimeRecursive", io.wait_time);
  put_block_io(out, "ioMergedRecursive", io.merged);
  put_block_io(out, "ioTimeRecursive", io.time);
  put_block_io(out, "sectorsRecursive", io.sectors);
  put_pressure(out, io.pressure);
  return out;
}

StatsJson hugetlb_json(const linux::CgroupStats& stats) {
  StatsJson out = StatsJson::object();
  for (const auto& [size, count] : stats.hugetlb) {
    StatsJson one;
    oci::put(one, "usage", count.usage);
    oci::put(one, "max", count.peak);
    one["failcnt"] = count.failcnt;
    out[size] = one;
  }
  return out;
}

}  // namespace

std::string stats_event(const std::string& id, const linux::CgroupStats& stats) {
  StatsJson pids = StatsJson::object();
  oci::put(pids, "current", stats.pids.current);
  oci::put(pids, "limit", stats.pids.limit);
  const StatsJson data = {{"cpu", cpu_json(stats.cpu)},
                          {"cpuset", StatsJson::object()},
                          {"memory", memory_json(stats.memory)},
                          {"pids", pids},
                          {"blkio", block_io_json(stats.block_io)},
                          {"hugetlb", hugetlb_json(stats)},
                          {"intel_rdt", StatsJson::object()},
                          {"network_interfaces", nullptr}};
  return StatsJson{{"type", "stats"}, {"id", id}, {"data", data}}.dump();
}

}  // namespace minidock::runtime
