#include "linux/systemd_unit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/text.h"
#include "support/refusal.h"

namespace minidock::linux {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// "NAME type value", for comparison.
struct Shown {
  std::string operator()(bool value) const { return value ? "b true" : "b false"; }
  std::string operator()(int32_t value) const { return cat("i ", value); }
  std::string operator()(uint32_t value) const { return cat("u ", value); }
  std::string operator()(int64_t value) const { return cat("x ", value); }
  std::string operator()(uint64_t value) const { return value == UINT64_MAX ? "t max" : cat("t ", value); }
  std::string operator()(const std::string& value) const { return cat("s ", value); }
  std::string operator()(const std::vector<std::string>& value) const { return cat("as ", join(value, ",")); }
  std::string operator()(const std::vector<uint8_t>& value) const {
    return cat("ay ", to_hex(value.data(), value.size()));
  }
  std::string operator()(const std::vector<uint32_t>& value) const { return cat("au ", value.size()); }
  std::string operator()(const std::vector<DeviceAccess>& value) const {
    std::string out = "a(ss)";
    for (const DeviceAccess& one : value) out += cat(" ", one.node, "=", one.access);
    return out;
  }
};

std::vector<std::string> shown(const std::vector<UnitProperty>& properties) {
  std::vector<std::string> out;
  for (const UnitProperty& one : properties) out.push_back(cat(one.name, " ", std::visit(Shown(), one.value)));
  return out;
}

TEST(SystemdUnit, SlicesNestByTheirDashes) {
  EXPECT_EQ(expand_slice("a.slice"), "/a.slice");
  EXPECT_EQ(expand_slice("kubepods-besteffort-pod1.slice"),
            "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1.slice");
  EXPECT_EQ(expand_slice("-.slice"), "");
  for (const char* wrong :
       {"", ".slice", "a", "a--b.slice", "-a.slice", "a-.slice", "../x.slice", "a/b.slice", "a b.slice"})
    EXPECT_THAT(refusal_of([&] { expand_slice(wrong); }), HasSubstr("invalid slice name")) << wrong;
}

TEST(SystemdUnit, PlacesOfCgroupsPaths) {
  const SystemdPlace podman = parse_systemd_place("machine.slice:libpod:3f2a", "3f2a");
  EXPECT_EQ(podman.slice, "machine.slice");
  EXPECT_EQ(podman.unit, "libpod-3f2a.scope");
  EXPECT_EQ(podman.cgroup_path, "/machine.slice/libpod-3f2a.scope");
  const SystemdPlace none = parse_systemd_place("", "web");
  EXPECT_EQ(none.cgroup_path, "/system.slice/minidock-web.scope");
  EXPECT_EQ(parse_systemd_place(":docker:x", "x").cgroup_path, "/system.slice/docker-x.scope");
  EXPECT_EQ(parse_systemd_place("a-b.slice::x", "x").cgroup_path, "/a.slice/a-b.slice/x.scope");
  EXPECT_EQ(parse_systemd_place("-.slice:p:x", "x").cgroup_path, "/p-x.scope");
  EXPECT_EQ(parse_systemd_place("a.slice:p:b-c.slice", "x").cgroup_path, "/b.slice/b-c.slice");
  for (const char* wrong : {"/a/b", "a.slice:b", "a.slice:b:c:d"})
    EXPECT_THAT(refusal_of([&] { parse_systemd_place(wrong, "x"); }),
                HasSubstr("expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got"));
  for (const char* wrong : {"a.slice:p:", "a.slice:p:../../x", "a.slice:p:a b", "a.slice:p/q:x"})
    EXPECT_THAT(refusal_of([&] { parse_systemd_place(wrong, "x"); }), HasSubstr("invalid systemd unit name"));
  EXPECT_THAT(refusal_of([] { parse_systemd_place("x:p:n", "x"); }), HasSubstr("invalid slice name"));
}

oci::Resources limits() {
  oci::Resources out;
  out.memory_limit = 64 << 20;
  out.memory_swap = 96 << 20;
  out.memory_reservation = 32 << 20;
  out.cpu_shares = 512;
  out.cpu_quota = 33'333;
  out.cpu_period = 100'000;
  out.cpuset_cpus = "0-1,9";
  out.cpuset_mems = "0";
  out.pids_limit = 20;
  out.blkio_weight = 1000;
  return out;
}

TEST(SystemdUnit, PropertiesOnV2) {
  EXPECT_THAT(shown(unit_properties(2, limits(), 252)),
              ElementsAre("MemoryMax t 67108864", "MemoryLow t 33554432", "MemorySwapMax t 33554432", "CPUWeight t 59",
                          "IOWeight t 10000", "CPUQuotaPeriodUSec t 100000", "CPUQuotaPerSecUSec t 340000",
                          "TasksMax t 20", "AllowedCPUs ay 0302", "AllowedMemoryNodes ay 01"));
}

TEST(SystemdUnit, PropertiesOnV1AndOldSystemd) {
  EXPECT_THAT(shown(unit_properties(1, limits(), 241)),
              ElementsAre("MemoryLimit t 67108864", "CPUShares t 512", "BlockIOWeight t 1000",
                          "CPUQuotaPerSecUSec t 340000", "TasksMax t 20"));
}

TEST(SystemdUnit, UnlimitedAndNothing) {
  EXPECT_THAT(unit_properties(2, {}, 252), IsEmpty());
  oci::Resources lifted;
  lifted.memory_limit = lifted.memory_swap = lifted.cpu_quota = lifted.pids_limit = -1;
  lifted.cpu_idle = 1;
  EXPECT_THAT(shown(unit_properties(2, lifted, 252)),
              ElementsAre("MemoryMax t max", "MemorySwapMax t max", "CPUWeight t 0", "CPUQuotaPerSecUSec t max",
                          "TasksMax t max"));
}

TEST(SystemdUnit, UnifiedFilesThatSystemdKnows) {
  oci::Resources resources;
  resources.unified = {{"cpu.max", "50000 200000"},
                       {"cpuset.cpus", "1"},
                       {"hugetlb.2MB.max", "0"},
                       {"memory.high", "1000"},
                       {"pids.max", "max"}};
  EXPECT_THAT(shown(unit_properties(2, resources, 252)),
              ElementsAre("CPUQuotaPeriodUSec t 200000", "CPUQuotaPerSecUSec t 250000", "AllowedCPUs ay 02",
                          "MemoryHigh t 1000", "TasksMax t max"));
  resources.unified = {{"memory.max", "lots"}};
  EXPECT_THAT(refusal_of([&] { unit_properties(2, resources, 252); }),
              HasSubstr("invalid unified resource memory.max"));
}

TEST(SystemdUnit, DevicesAreAList) {
  EXPECT_THAT(
      shown(device_properties({{false, "a", {}, {}, "rwm"}, {true, "b", 8, {}, "r"}, {true, "c", 10, 200, ""}})),
      ElementsAre("DevicePolicy s strict",
                  "DeviceAllow a(ss) block-8=r /dev/char/10:200=rwm char-*=m block-*=m /dev/char/1:3=rwm "
                  "/dev/char/1:5=rwm /dev/char/1:7=rwm /dev/char/1:8=rwm /dev/char/1:9=rwm /dev/char/5:0=rwm "
                  "/dev/char/5:1=rwm /dev/char/5:2=rwm char-136=rwm"));
  EXPECT_THAT(shown(device_properties({{true, "a", {}, {}, "rwm"}})),
              ElementsAre("DevicePolicy s auto", "DeviceAllow a(ss)"));
}

TEST(SystemdUnit, AnnotationsAreGvariantTexts) {
  const auto annotated = [](const char* name, const char* text) {
    return annotated_properties({{cat("org.systemd.property.", name), text}, {"other", "x"}});
  };
  EXPECT_THAT(shown(annotated("CollectMode", "'inactive-or-failed'")), ElementsAre("CollectMode s inactive-or-failed"));
  EXPECT_THAT(shown(annotated("TimeoutStopUSec", "uint64 90")), ElementsAre("TimeoutStopUSec t 90"));
  EXPECT_THAT(shown(annotated("TimeoutStopSec", "90")), ElementsAre("TimeoutStopUSec t 90000000"));
  EXPECT_THAT(shown(annotated("DefaultDependencies", "true")), ElementsAre("DefaultDependencies b true"));
  EXPECT_THAT(shown(annotated("After", "['a.service', \"b.service\"]")), ElementsAre("After as a.service,b.service"));
  EXPECT_THAT(shown(annotated("After", "[]")), ElementsAre("After as "));
  EXPECT_THAT(shown(annotated("Value", "int64 -7")), ElementsAre("Value x -7"));
  EXPECT_THAT(shown(annotated("Value", "uint32 4294967295")), ElementsAre("Value u 4294967295"));
  for (const char* wrong : {"", "yes", "'open", "'a' b", "[1]", "['a',]", "2147483648", "uint64 -1", "double 1.5",
                            "uint64 18446744073709551616", "'a\\'b'"})
    EXPECT_THAT(refusal_of([&] { annotated("Value", wrong); }), HasSubstr("org.systemd.property.Value")) << wrong;
  EXPECT_THAT(refusal_of([&] { annotated("TimeoutStopSec", "-1"); }), HasSubstr("cannot read"));
  EXPECT_THAT(refusal_of([&] { annotated("Exec-Start", "'x'"); }), HasSubstr("letters only"));
}

}  // namespace
}  // namespace minidock::linux
