#include <set>

#include "base/text.h"
#include "oci/spec_parts.h"

namespace minidock::oci {

namespace {

std::vector<Namespace> read_namespaces(const JsonReader& from) {
  std::vector<Namespace> out;
  std::set<std::string> seen;
  for (const JsonReader& element : from.list("namespaces")) {
    Namespace space;
    read_required(element, "type", space.type);
    element.read("path", space.path);
    // spec: config-linux.md "Namespaces": a type that is there twice must be an error, and a path is absolute.
    if (!seen.insert(space.type).second) element.fail("type", cat("duplicate ", printable(space.type)));
    if (!space.path.empty() && !space.path.starts_with('/')) element.fail("path", "expected absolute path");
    out.push_back(std::move(space));
  }
  return out;
}

std::vector<Device> read_devices(const JsonReader& from) {
  std::vector<Device> out;
  for (const JsonReader& element : from.list("devices")) {
    Device device;
    read_required(element, "type", device.type);
    read_absolute(element, "path", device.path);
    if (device.type != "c" && device.type != "b" && device.type != "u" && device.type != "p")
      element.fail("type", "expected c, b, u or p");
    // spec: config-linux.md "Devices": the numbers are required unless it is a pipe.
    if (device.type != "p") {
      read_required(element, "major", device.major);
      read_required(element, "minor", device.minor);
    }
    element.read("fileMode", device.mode);
    element.read("uid", device.uid);
    element.read("gid", device.gid);
    out.push_back(std::move(device));
  }
  return out;
}

void read_time_offsets(const JsonReader& from, std::map<std::string, TimeOffset>& out) {
  const auto clocks = from.find("timeOffsets");
  if (!clocks) return;
  for (const std::string& clock : from.keys("timeOffsets")) {
    if (clock != "monotonic" && clock != "boottime") clocks->fail(printable(clock), "expected monotonic or boottime");
    const auto offset = clocks->find(clock.c_str());
    if (!offset) continue;
    offset->read("secs", out[clock].seconds);
    offset->read("nanosecs", out[clock].nanoseconds);
    if (out[clock].nanoseconds > 999'999'999) offset->fail("nanosecs", "expected integer from 0 to 999999999");
  }
}

}  // namespace

std::vector<IdMapping> read_mappings(const JsonReader& from, const char* key) {
  std::vector<IdMapping> out;
  for (const JsonReader& element : from.list(key)) {
    IdMapping mapping;
    read_required(element, "containerID", mapping.container_id);
    read_required(element, "hostID", mapping.host_id);
    read_required(element, "size", mapping.size);
    // kernel: user_namespaces(7): a range is not empty and ends within 32 bits.
    const uint64_t first = std::max(mapping.container_id, mapping.host_id);
    if (mapping.size == 0) element.fail("size", "expected integer greater than zero");
    if (first + mapping.size > uint64_t{UINT32_MAX} + 1) element.fail("size", "expected range within 4294967295");
    out.push_back(mapping);
  }
  return out;
}

Linux read_linux(const JsonReader& from) {
  Linux out;
  out.uid_mappings = read_mappings(from, "uidMappings");
  out.gid_mappings = read_mappings(from, "gidMappings");
  from.read("sysctl", out.sysctl);
  from.read("cgroupsPath", out.cgroups_path);
  out.namespaces = read_namespaces(from);
  out.devices = read_devices(from);
  if (const auto resources = from.find("resources")) out.resources = read_resources(*resources);
  if (const auto seccomp = from.find("seccomp")) out.seccomp = read_seccomp(*seccomp);
  from.read("maskedPaths", out.masked_paths);
  from.read("readonlyPaths", out.readonly_paths);
  from.read("rootfsPropagation", out.rootfs_propagation);
  read_time_offsets(from, out.time_offsets);
  if (const auto personality = from.find("personality")) {
    out.personality.emplace();
    read_required(*personality, "domain", out.personality->domain);
    personality->read("flags", out.personality->flags);
  }
  from.read("mountLabel", out.mount_label);
  out.intel_rdt = from.find("intelRdt").has_value();
  return out;
}

}  // namespace minidock::oci
