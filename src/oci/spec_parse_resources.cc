#include "oci/spec_parts.h"

namespace minidock::oci {

namespace {

std::vector<DeviceRule> read_device_rules(const JsonReader& from) {
  std::vector<DeviceRule> out;
  for (const JsonReader& element : from.list("devices")) {
    DeviceRule rule;
    read_required(element, "allow", rule.allow);
    element.read("type", rule.type);
    element.read("major", rule.major);
    element.read("minor", rule.minor);
    element.read("access", rule.access);
    // "a" as the kernel's own device lists have it for the type: all of them.
    if (rule.access.find('a') != std::string::npos) rule.access = "rwm";
    if (rule.type.empty()) rule.type = "a";  // Go's way of writing an absent string
    // spec: -1 means any, as an absent number does.
    if (rule.major == -1) rule.major.reset();
    if (rule.minor == -1) rule.minor.reset();
    out.push_back(std::move(rule));
  }
  return out;
}

void read_memory(const JsonReader& from, Resources& out) {
  from.read("limit", out.memory_limit);
  from.read("swap", out.memory_swap);
  from.read("reservation", out.memory_reservation);
  from.read("kernel", out.memory_kernel);
  from.read("kernelTCP", out.memory_kernel_tcp);
  from.read("swappiness", out.memory_swappiness);
  from.read("disableOOMKiller", out.disable_oom_killer);
  from.read("useHierarchy", out.memory_use_hierarchy);
  from.read("checkBeforeUpdate", out.memory_check_before_update);
}

void read_cpu(const JsonReader& from, Resources& out) {
  from.read("shares", out.cpu_shares);
  from.read("quota", out.cpu_quota);
  from.read("burst", out.cpu_burst);
  from.read("period", out.cpu_period);
  from.read("realtimeRuntime", out.cpu_realtime_runtime);
  from.read("realtimePeriod", out.cpu_realtime_period);
  from.read("cpus", out.cpuset_cpus);
  from.read("mems", out.cpuset_mems);
  from.read("idle", out.cpu_idle);
}

template <typename Device>
void read_device_numbers(const JsonReader& from, Device& out) {
  read_required(from, "major", out.major);
  read_required(from, "minor", out.minor);
}

void read_throttles(const JsonReader& from, const char* key, std::vector<ThrottleDevice>& out) {
  for (const JsonReader& element : from.list(key)) {
    ThrottleDevice device;
    read_device_numbers(element, device);
    read_required(element, "rate", device.rate);
    out.push_back(device);
  }
}

void read_block_io(const JsonReader& from, Resources& out) {
  from.read("weight", out.blkio_weight);
  from.read("leafWeight", out.blkio_leaf_weight);
  for (const JsonReader& element : from.list("weightDevice")) {
    WeightDevice device;
    read_device_numbers(element, device);
    element.read("weight", device.weight);
    element.read("leafWeight", device.leaf_weight);
    // spec: config-linux.md "Block IO": at least one of the two must be there.
    if (!device.weight && !device.leaf_weight) element.fail("weight", "is missing");
    out.blkio_weight_device.push_back(device);
  }
  read_throttles(from, "throttleReadBpsDevice", out.blkio_read_bps);
  read_throttles(from, "throttleWriteBpsDevice", out.blkio_write_bps);
  read_throttles(from, "throttleReadIOPSDevice", out.blkio_read_iops);
  read_throttles(from, "throttleWriteIOPSDevice", out.blkio_write_iops);
}

void read_network(const JsonReader& from, Resources& out) {
  from.read("classID", out.network_class_id);
  for (const JsonReader& element : from.list("priorities")) {
    NetworkPriority priority;
    read_required(element, "name", priority.name);
    read_required(element, "priority", priority.priority);
    out.network_priorities.push_back(std::move(priority));
  }
}

void read_rdma(const JsonReader& from, Resources& out) {
  const auto devices = from.find("rdma");
  if (!devices) return;
  for (const std::string& name : from.keys("rdma")) {
    const auto device = devices->find(name.c_str());
    if (!device) continue;
    RdmaLimit limit;
    device->read("hcaHandles", limit.handles);
    device->read("hcaObjects", limit.objects);
    // spec: config-linux.md "RDMA": at least one of the two must be there.
    if (!limit.handles && !limit.objects) device->fail("hcaHandles", "is missing");
    out.rdma[name] = limit;
  }
}

}  // namespace

Resources read_resources(const JsonReader& from) {
  Resources out;
  out.devices = read_device_rules(from);
  if (const auto memory = from.find("memory")) read_memory(*memory, out);
  if (const auto cpu = from.find("cpu")) read_cpu(*cpu, out);
  if (const auto pids = from.find("pids")) pids->read("limit", out.pids_limit);
  if (const auto block = from.find("blockIO")) read_block_io(*block, out);
  for (const JsonReader& element : from.list("hugepageLimits")) {
    HugepageLimit limit;
    // Go reads names in any case, and this one is written both ways.
    read_required(element, element.has("pagesize") ? "pagesize" : "pageSize", limit.page_size);
    read_required(element, "limit", limit.limit);
    out.hugepage_limits.push_back(std::move(limit));
  }
  if (const auto network = from.find("network")) read_network(*network, out);
  read_rdma(from, out);
  from.read("unified", out.unified);
  return out;
}

Resources parse_resources(std::string_view text) {
  const nlohmann::json document = parse_json(text, "resources", ErrorKind::invalid);
  return read_resources(JsonReader(document, "resources", ErrorKind::invalid));
}

}  // namespace minidock::oci
