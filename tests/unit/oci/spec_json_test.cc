#include <gtest/gtest.h>

#include "base/error.h"
#include "oci/spec.h"
#include "unit/oci/full_spec.h"

namespace minidock::oci {
namespace {

TEST(SpecJson, ReadsEveryField) {
  const Spec spec = parse_spec(kFullSpec);
  EXPECT_EQ(spec.process.rows, 24);
  EXPECT_EQ(spec.process.columns, 80);
  EXPECT_EQ(spec.process.user.additional_gids, (std::vector<uint32_t>{3, 4294967295}));
  EXPECT_EQ(spec.process.user.lookup, "me:us");
  EXPECT_EQ(spec.process.rlimits.at(0).hard, UINT64_MAX);
  EXPECT_EQ(spec.process.oom_score_adj, -500);
  EXPECT_TRUE(spec.root_readonly);
  EXPECT_EQ(spec.linux_.namespaces.at(1).path, "/proc/1/ns/net");
  EXPECT_EQ(spec.linux_.devices.at(0).mode, 0660u);
  EXPECT_EQ(spec.linux_.resources.devices.at(0).major, std::nullopt);
  EXPECT_EQ(spec.linux_.resources.memory_swap, -1);
  EXPECT_EQ(spec.linux_.seccomp->rules.at(0).args.at(0).value, 40u);
  EXPECT_EQ(spec.process.scheduler->deadline, 20000000u);
  EXPECT_EQ(spec.process.io_priority->io_class, "IOPRIO_CLASS_IDLE");
  EXPECT_EQ(spec.process.exec_cpu_affinity->final_, "1");
  EXPECT_EQ(spec.mounts.at(0).gid_mappings.at(0).size, 2u);
  EXPECT_EQ(spec.linux_.resources.blkio_weight_device.at(0).leaf_weight, 30);
  EXPECT_EQ(spec.linux_.resources.blkio_write_iops.at(0).rate, 44u);
  EXPECT_EQ(spec.linux_.resources.hugepage_limits.at(0).page_size, "2MB");
  EXPECT_EQ(spec.linux_.resources.network_priorities.at(0).priority, 7u);
  EXPECT_EQ(spec.linux_.resources.rdma.at("mlx5_1").objects, 10000u);
  EXPECT_EQ(spec.linux_.resources.rdma.at("mlx5_1").handles, 3u);
  EXPECT_EQ(spec.linux_.resources.memory_kernel_tcp, -1);
  EXPECT_EQ(spec.linux_.resources.cpu_idle, 1);
  EXPECT_EQ(spec.linux_.seccomp->listener_path, "/run/agent");
  EXPECT_EQ(spec.linux_.time_offsets.at("boottime").seconds, -5);
  EXPECT_EQ(spec.linux_.personality->domain, "LINUX32");
  EXPECT_TRUE(spec.linux_.intel_rdt);
  EXPECT_EQ(spec.hooks.at("prestart").at(0).timeout, 3);
}

TEST(SpecJson, EveryFieldGoesThereAndBack) {
  // kFullSpec has no field at its default, so the whole of it is written again; keys are sorted on both sides.
  EXPECT_EQ(nlohmann::json::parse(to_json(parse_spec(kFullSpec))), nlohmann::json::parse(kFullSpec));
}

TEST(SpecJson, AnEmptySpecIsSmallAndStable) {
  const std::string json = to_json(Spec());
  EXPECT_EQ(json, R"({"ociVersion":"1.2.0","root":{"path":"rootfs","readonly":false}})");
  EXPECT_EQ(to_json(parse_spec(json)), json);
}

TEST(SpecJson, ABundleMayHaveNoProcess) {
  EXPECT_FALSE(parse_spec(spec_with(R"("process":null)")).has_process);
  EXPECT_TRUE(parse_spec(spec_with(R"("process":{"cwd":"/"})")).has_process);
}

TEST(SpecJson, VersionsOneAreTaken) {
  for (const char* version : {"1.0.0", "1.0.2-dev", "1.2.0-rc.1", "1.3.0", "1.99.7+x"})
    EXPECT_EQ(parse_spec(cat(R"({"root":{"path":"r"},"ociVersion":")", version, "\"}")).oci_version, version);
}

TEST(SpecJson, UnknownFieldsAreIgnored) {
  EXPECT_EQ(
      refusal_of_spec(spec_with(R"("vm":{"x":1},"linux":{"netDevices":{}},"process":{"cwd":"/","commandLine":7})")),
      "accepted");
}

TEST(SpecJson, MinusOneMeansAnyDevice) {
  const Spec spec =
      parse_spec(spec_with(R"("linux":{"resources":{"devices":[{"allow":true,"type":"c","major":-1,"minor":5}]}})"));
  EXPECT_EQ(spec.linux_.resources.devices.at(0).major, std::nullopt);
  EXPECT_EQ(spec.linux_.resources.devices.at(0).minor, 5);
}

}  // namespace
}  // namespace minidock::oci
