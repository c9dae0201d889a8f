// Plans the container's file tree: root, mounts, devices, masks. In three parts, so that plan() can put steps between:
// sources that only the host's rights can open come before clone, hooks before pivot_root.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/builder.h"

namespace minidock::runtime {

class TreePlanner {
 public:
  // Borrows all four for its life.
  TreePlanner(Builder& builder, const Bundle& bundle, const linux::HostFacts& facts, const linux::CgroupPlan& cgroup)
      : builder_(builder), bundle_(bundle), spec_(bundle.spec), facts_(facts), cgroup_(cgroup) {}

  void mounts();       // init: everything is attached below the root, which is not entered yet
  void after_pivot();  // init: the root is entered; sysctls, read-only and masked paths

 private:
  void open_binds(bool propagating);
  void set_attributes(int64_t slot, const oci::Mount& mount, uint64_t set, uint64_t clear, bool recursive,
                      uint64_t propagation);
  void root();
  void attach(int64_t slot, const std::string& target, std::string why);
  void mount(const oci::Mount& mount, int64_t bind_slot);
  int64_t new_mount(const oci::Mount& mount, const std::string& type);
  void attach_bind(const oci::Mount& mount, int64_t slot);
  void cgroup_v1(const oci::Mount& mount);
  void node(int64_t slot, const oci::Device& device);
  void directory(int64_t slot, const std::string& name, int64_t mode);
  void devices(const oci::Mount& mount);

  Builder& builder_;
  const Bundle& bundle_;
  const oci::Spec& spec_;
  const linux::HostFacts& facts_;
  const linux::CgroupPlan& cgroup_;
  std::vector<int64_t> bind_slots_;
  std::vector<std::string> made_;
};

}  // namespace minidock::runtime
