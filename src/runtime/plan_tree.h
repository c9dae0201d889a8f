// Plans the container's file tree: root, mounts, devices, masks. In three parts, so that plan() can put steps between:
// sources that only the host's rights can open come before clone, hooks before pivot_root.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/builder.h"
#include "runtime/mount_options.h"

namespace minidock::runtime {

class TreePlanner {
 public:
  // Borrows all four for its life. Throws invalid for a mount or a device that nobody could make.
  TreePlanner(Builder& builder, const Bundle& bundle, const linux::HostFacts& facts, const linux::CgroupPlan& cgroup);

  // monitor: in a user namespace root has no rights over the host's files, so what comes from there is opened by
  // descriptor before, the root and the device nodes too; and idmapped mounts are made.
  void before_clone();
  // init: everything is attached below the root, which is not entered yet.
  void mounts();
  // init: the root is entered; sysctls, read-only and masked paths.
  void after_pivot();

 private:
  struct Entry {
    oci::Mount mount;
    MountOptions options;
    bool bind = false;
    bool early = false;            // opened before clone
    std::string inside;            // the source by its path in the container: an earlier mount may be what is there
    std::vector<int64_t> cgroups;  // own cgroups that were opened before clone, one a shown hierarchy
    int64_t copy_slot = -1;        // of BindExtra::copy_place
    uint64_t late = 0;             // MOUNT_ATTR_*, set when what is there has been written
    int64_t map_slot = -1;         // the user namespace that an idmapped mount's owners are taken from
    int64_t slot = -1;             // of a bind; of a new file system: what takes its place where the kernel refuses it
  };
  struct Node {
    oci::Device device;
    int64_t slot = -1;  // the host's node, opened before clone
  };

  // plan_tree.cc
  void refuse_shared() const;
  void read_entry(const oci::Mount& given);
  std::string path_inside(const std::string& path) const;
  uint64_t setup_propagation() const;
  bool opened_with_the_host(const Entry& entry) const;
  void open_binds(bool propagating);
  void open_bind(Stage stage, Entry& entry, bool live);
  const BindExtra& extra_of(const Entry& entry) const;
  void open_source(Stage stage, const Entry& entry);
  void open_overlay(const Overlay& overlay, const std::string& name, const std::string& why, int64_t slot);
  void open_tree(Stage stage, const std::string& source, const std::string& target, int64_t slot, bool recursive,
                 const std::string& subpath = "");
  void set_attributes(Stage stage, int64_t slot, const Entry& entry, const MountAttributes& attributes, bool recursive,
                      uint64_t propagation);
  void bind_options(Stage stage, const Entry& entry, uint64_t propagation);
  void open_map(Entry& entry);
  void open_root(Stage stage);
  void attach_root();

  // plan_mounts.cc
  void mount(Entry& entry);
  void bind(Entry& entry);
  void remount(const Entry& entry);
  void new_mount(const Entry& entry, const std::string& type, int64_t slot);
  void copied_tmpfs(const Entry& entry, int64_t slot);
  void attach(int64_t slot, const Entry& entry, const std::string& target, std::string why, bool keep = false);
  void cgroup(const Entry& entry);
  void cgroup_v1(const Entry& entry);
  std::vector<const linux::CgroupHierarchy*> shown_hierarchies() const;
  void open_own_cgroups();
  void open_own_cgroup(Stage stage, const linux::CgroupHierarchy& hierarchy, int64_t slot, uint64_t attributes);
  void fallback_for_refused();

  // plan_devices.cc
  void list_nodes();
  void open_nodes();
  void device_directory(const Entry& entry);
  void nodes_by_path();
  void node(const Node& node, int64_t slot);
  void links(int64_t slot);
  void directory(int64_t slot, const std::string& name, int64_t mode);

  Builder& builder_;
  const Bundle& bundle_;
  const oci::Spec& spec_;
  const linux::HostFacts& facts_;
  const linux::CgroupPlan& cgroup_;
  const bool user_namespace_;
  const bool own_mounts_;  // a mount namespace; without one nothing that is mounted may reach the caller's tree
  std::vector<Entry> entries_;
  std::vector<Node> nodes_;
  const Entry* dev_ = nullptr;  // the mount on /dev
  int64_t root_slot_ = -1, dev_slot_ = -1;
  std::vector<std::string> made_;  // directories in /dev
};

}  // namespace minidock::runtime
