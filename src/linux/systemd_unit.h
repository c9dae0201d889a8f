// A container's cgroup kept by systemd: the transient scope that holds it, and limits as unit properties. This part
// is pure; systemd_bus.h talks to the manager.
// Sources: systemd.resource-control(5), systemd.slice(5), systemd.unit(5) "Name escaping"; docs.kernel.org cgroup-v2.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "linux/cgroup.h"

namespace minidock::linux {

// Where "slice:prefix:name" puts a container.
struct SystemdPlace {
  std::string slice;        // "machine.slice", "kubepods-besteffort.slice"; "-.slice" is the top
  std::string unit;         // "prefix-name.scope"
  std::string cgroup_path;  // "/kubepods.slice/kubepods-besteffort.slice/prefix-name.scope", below each mount point
};
// "" stands for "system.slice:minidock:ID". A name that ends in ".slice" is a slice unit of its own, as for runc.
// Throws invalid for anything but three parts, and for names that systemd would not take.
SystemdPlace parse_systemd_place(const std::string& cgroups_path, const std::string& id);
// "a-b.slice" -> "/a.slice/a-b.slice"; "-.slice" -> "". Throws invalid.
std::string expand_slice(const std::string& slice);

struct DeviceAccess {
  std::string node, access;  // "/dev/null" or "char-136", "rwm"
};
struct UnitProperty {
  std::string name;  // D-Bus name: "MemoryMax", "CPUQuotaPerSecUSec"
  // D-Bus types b, i, u, x, t, s, as, ay, au, a(ss).
  std::variant<bool, int32_t, uint32_t, int64_t, uint64_t, std::string, std::vector<std::string>, std::vector<uint8_t>,
               std::vector<uint32_t>, std::vector<DeviceAccess>>
      value;
};

// Of the limits, those that systemd has a property for, by the cgroup version its hierarchy has. What has none is
// written to the files by plan_cgroup all the same, after the scope is there. `systemd_version`: 0 is unknown, taken as
// old.
std::vector<UnitProperty> unit_properties(int cgroup_version, const oci::Resources& resources, int systemd_version);
// Device rules as DevicePolicy and DeviceAllow, so that a `daemon-reload` does not take the devices away.
std::vector<UnitProperty> device_properties(const std::vector<oci::DeviceRule>& rules);
// Annotations "org.systemd.property.NAME", as podman and cri-o hand over: their values are GVariant texts, of which
// true, 'text', 7, uint64 7 and ['a', 'b'] are read; NAME…Sec in seconds is NAME…USec. Throws invalid naming the rest.
std::vector<UnitProperty> annotated_properties(const std::map<std::string, std::string>& annotations);

}  // namespace minidock::linux
