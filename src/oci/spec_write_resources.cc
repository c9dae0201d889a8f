#include "oci/spec_parts.h"

namespace minidock::oci {

namespace {

using nlohmann::json;

json to_value(const DeviceRule& rule) {
  json out = {{"allow", rule.allow}, {"type", rule.type}, {"access", rule.access}};
  put(out, "major", rule.major);
  put(out, "minor", rule.minor);
  return out;
}

json memory_value(const Resources& from) {
  json out = json::object();
  put(out, "limit", from.memory_limit);
  put(out, "swap", from.memory_swap);
  put(out, "reservation", from.memory_reservation);
  put(out, "kernel", from.memory_kernel);
  put(out, "kernelTCP", from.memory_kernel_tcp);
  put(out, "swappiness", from.memory_swappiness);
  put(out, "disableOOMKiller", from.disable_oom_killer);
  put(out, "useHierarchy", from.memory_use_hierarchy);
  put(out, "checkBeforeUpdate", from.memory_check_before_update);
  return out;
}

json cpu_value(const Resources& from) {
  json out = json::object();
  put(out, "shares", from.cpu_shares);
  put(out, "quota", from.cpu_quota);
  put(out, "burst", from.cpu_burst);
  put(out, "period", from.cpu_period);
  put(out, "realtimeRuntime", from.cpu_realtime_runtime);
  put(out, "realtimePeriod", from.cpu_realtime_period);
  put(out, "cpus", from.cpuset_cpus);
  put(out, "mems", from.cpuset_mems);
  put(out, "idle", from.cpu_idle);
  return out;
}

json to_value(const WeightDevice& device) {
  json out = {{"major", device.major}, {"minor", device.minor}};
  put(out, "weight", device.weight);
  put(out, "leafWeight", device.leaf_weight);
  return out;
}

json to_value(const std::vector<ThrottleDevice>& devices) {
  return to_array(devices, [](const ThrottleDevice& device) {
    return json{{"major", device.major}, {"minor", device.minor}, {"rate", device.rate}};
  });
}

json block_value(const Resources& from) {
  json out = json::object();
  put(out, "weight", from.blkio_weight);
  put(out, "leafWeight", from.blkio_leaf_weight);
  put_if_any(out, "weightDevice",
             to_array(from.blkio_weight_device, [](const WeightDevice& device) { return to_value(device); }));
  put_if_any(out, "throttleReadBpsDevice", to_value(from.blkio_read_bps));
  put_if_any(out, "throttleWriteBpsDevice", to_value(from.blkio_write_bps));
  put_if_any(out, "throttleReadIOPSDevice", to_value(from.blkio_read_iops));
  put_if_any(out, "throttleWriteIOPSDevice", to_value(from.blkio_write_iops));
  return out;
}

json network_value(const Resources& from) {
  json out = json::object();
  put(out, "classID", from.network_class_id);
  put_if_any(out, "priorities", to_array(from.network_priorities, [](const NetworkPriority& one) {
               return json{{"name", one.name}, {"priority", one.priority}};
             }));
  return out;
}

json rdma_value(const Resources& from) {
  json out = json::object();
  for (const auto& [name, limit] : from.rdma) {
    json device = json::object();
    put(device, "hcaHandles", limit.handles);
    put(device, "hcaObjects", limit.objects);
    out[name] = std::move(device);
  }
  return out;
}

}  // namespace

json to_value(const Resources& from) {
  json pids = json::object(), out = json::object();
  put(pids, "limit", from.pids_limit);
  put_if_any(out, "devices", to_array(from.devices, [](const DeviceRule& rule) { return to_value(rule); }));
  put_if_any(out, "memory", memory_value(from));
  put_if_any(out, "cpu", cpu_value(from));
  put_if_any(out, "pids", std::move(pids));
  put_if_any(out, "blockIO", block_value(from));
  put_if_any(out, "hugepageLimits", to_array(from.hugepage_limits, [](const HugepageLimit& one) {
               return json{{"pageSize", one.page_size}, {"limit", one.limit}};
             }));
  put_if_any(out, "network", network_value(from));
  put_if_any(out, "rdma", rdma_value(from));
  put(out, "unified", from.unified);
  return out;
}

}  // namespace minidock::oci
