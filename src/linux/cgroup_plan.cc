#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "linux/cgroup_limits.h"

namespace minidock::linux {
namespace {

struct Controller {
  const char* name;  // v1's
  const char* v2_name;
  bool always;  // joined without a limit: it reports (memory, pids) or guards (devices)
};
constexpr Controller kControllers[] = {{"devices", "devices", true},  {"memory", "memory", true},
                                       {"pids", "pids", true},        {"cpu", "cpu", false},
                                       {"cpuset", "cpuset", false},   {"blkio", "io", false},
                                       {"hugetlb", "hugetlb", false}, {"rdma", "rdma", false},
                                       {"net_cls", "net_cls", false}, {"net_prio", "net_prio", false}};

void check_path(const std::string& path) {
  const std::vector<std::string> parts = split(path, '/');
  const bool clean = parts.size() > 1 && parts.front().empty() &&
                     std::all_of(parts.begin() + 1, parts.end(), [](const std::string& part) {
                       return !part.empty() && part != "." && part != ".." && part.find('\n') == std::string::npos;
                     });
  if (!clean) throw_error(ErrorKind::invalid, "invalid cgroup path \"", printable(path), "\": use /NAME or /NAME/NAME");
}

// mount_point and the directories of `path` below it, without the last: "/m", "/m/a" for "/a/b".
std::vector<std::string> parents_of(const std::string& mount_point, const std::string& path) {
  std::vector<std::string> out;
  for (size_t slash = 0; slash != std::string::npos; slash = path.find('/', slash + 1))
    out.push_back(mount_point + path.substr(0, slash));
  return out;
}

bool is_among(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// How many names "/a/b" has.
size_t depth_of(const std::string& path) {
  return static_cast<size_t>(std::count(path.begin(), path.end(), '/'));
}

bool asked(std::string_view controller, const oci::Resources& resources, const CgroupHierarchy& hierarchy) {
  return !limits_v1(controller, resources, hierarchy).empty();
}

class Planner {
 public:
  Planner(const CgroupLayout& layout, const std::string& path, const oci::Resources& resources, CgroupScope scope)
      : layout_(layout), path_(path), resources_(resources), scope_(scope) {}

  CgroupPlan take() && { return std::move(plan_); }

  void refuse_or_warn(const char* controller);
  void join_v1(const char* controller, const CgroupHierarchy& hierarchy);
  void join_other_v1();
  void join_v2(const CgroupHierarchy& unified);

 private:
  void add_join(const CgroupHierarchy& hierarchy);
  void add_directories(const std::string& mount_point);
  void add_limits(const std::string& directory, const std::vector<Limit>& limits);
  std::vector<std::string> wanted_controllers(const CgroupHierarchy& unified) const;
  void enable_controllers(const CgroupHierarchy& unified);
  void add_unified(const CgroupHierarchy& unified);

  const CgroupLayout& layout_;
  const std::string& path_;
  const oci::Resources& resources_;
  const CgroupScope scope_;
  CgroupPlan plan_;
};

// A limit whose controller is missing: memory and pids protect the host, so going without would be unsafe.
void Planner::refuse_or_warn(const char* controller) {
  const std::string_view name = controller;
  if (name == "devices" || !asked(name, resources_, {})) return;
  // A bundle's limits are all meant: its caller reads no warnings.
  const bool protects = name == "memory" || name == "pids" || name == "hugetlb" || name == "rdma";
  if (protects || scope_ == CgroupScope::all) {
    throw_error(ErrorKind::unsupported, "cannot limit ", name, ": this host has no ", name,
                " cgroup controller; mount it, or leave the limit out");
  }
  plan_.warnings.push_back(cat("this host has no ", name, " cgroup controller: its limits are ignored"));
}

void Planner::add_directories(const std::string& mount_point) {
  std::vector<std::string> wanted = parents_of(mount_point, path_);
  wanted.erase(wanted.begin());
  wanted.push_back(mount_point + path_);
  for (std::string& directory : wanted) {
    // Controllers that are mounted together share one directory.
    if (std::find(plan_.directories.begin(), plan_.directories.end(), directory) == plan_.directories.end())
      plan_.directories.push_back(std::move(directory));
  }
}

void Planner::add_limits(const std::string& directory, const std::vector<Limit>& limits) {
  for (const Limit& limit : limits)
    plan_.writes.push_back({directory, limit.file, limit.value, limit.verify, limit.optional});
}

void Planner::add_join(const CgroupHierarchy& hierarchy) {
  const std::string directory = hierarchy.mount_point + path_;
  add_directories(hierarchy.mount_point);
  if (std::find(plan_.v1_directories.begin(), plan_.v1_directories.end(), directory) == plan_.v1_directories.end())
    plan_.v1_directories.push_back(directory);
}

void Planner::join_v1(const char* controller, const CgroupHierarchy& hierarchy) {
  const std::string directory = hierarchy.mount_point + path_;
  add_join(hierarchy);
  if (std::string_view(controller) == "devices") {
    add_limits(directory, device_limits_v1(resources_.devices));
    return;
  }
  if (std::string_view(controller) != "cpuset") {
    add_limits(directory, limits_v1(controller, resources_, hierarchy));
    return;
  }
  // kernel: a v1 cpuset takes only what its parent has, and a new parent has nothing.
  const std::vector<std::string> parents = parents_of(hierarchy.mount_point, path_);
  for (size_t i = 1 + depth_of(hierarchy.existing); i < parents.size(); ++i) {
    plan_.before.push_back({parents[i], "cpuset.cpus", hierarchy.cpus, false, true});
    plan_.before.push_back({parents[i], "cpuset.mems", hierarchy.mems, false, true});
  }
  add_limits(directory, cpuset_limits_v1(resources_, hierarchy));
}

// Those without a limit of ours: freezer, cpuacct, net_cls, name=systemd, …
void Planner::join_other_v1() {
  for (const CgroupHierarchy& one : layout_.hierarchies)
    if (one.version == 1) add_join(one);
}

std::vector<std::string> Planner::wanted_controllers(const CgroupHierarchy& unified) const {
  // A bundle's process may look after its own subtree, which gets what this one has.
  if (scope_ == CgroupScope::all && layout_.mode == CgroupMode::v2) return unified.controllers;
  std::vector<std::string> wanted;
  for (const Controller& one : kControllers) {
    if (unified.has(one.v2_name) && (one.always || asked(one.name, resources_, unified))) wanted.push_back(one.v2_name);
  }
  for (const auto& [file, value] : resources_.unified) {
    const std::string name = file.substr(0, file.find('.'));
    if (unified.has(name) && !is_among(wanted, name)) wanted.push_back(name);
  }
  return wanted;
}

// cgroup-v2.rst "Enabling and Disabling": a parent hands controllers down by "+name", and only those it got itself.
void Planner::enable_controllers(const CgroupHierarchy& unified) {
  const std::vector<std::string> wanted = wanted_controllers(unified);
  const std::vector<std::string> parents = parents_of(unified.mount_point, path_);
  static const std::vector<std::string> kNothing;
  for (size_t depth = 0; depth < parents.size(); ++depth) {
    const std::vector<std::string>& enabled = depth == 0                              ? unified.enabled
                                              : depth <= unified.enabled_below.size() ? unified.enabled_below[depth - 1]
                                                                                      : kNothing;
    std::string all;
    for (const std::string& name : wanted) {
      // kernel: this write waits for dying cgroups below, which costs milliseconds: only what is not yet enabled.
      if (is_among(enabled, name)) continue;
      // One by one where all are wanted: a write fails as a whole, and some (cpu with realtime tasks) cannot be had.
      if (scope_ == CgroupScope::all)
        plan_.before.push_back({parents[depth], "cgroup.subtree_control", cat("+", name), false, true});
      else
        all += cat(all.empty() ? "+" : " +", name);
    }
    // Passed over where it fails: the limits themselves are verified, and reports may be missing.
    if (!all.empty()) plan_.before.push_back({parents[depth], "cgroup.subtree_control", all, false, true});
  }
}

void Planner::add_unified(const CgroupHierarchy& unified) {
  for (const auto& [file, value] : resources_.unified) {
    const std::string name = file.substr(0, file.find('.'));
    if (!unified.has(name)) {
      throw_error(ErrorKind::unsupported, "invalid configuration: cannot set ", file, ": cgroup v2 has no ", name,
                  " controller on this host");
    }
  }
  add_limits(unified.mount_point + path_, unified_limits(resources_.unified));
}

void Planner::join_v2(const CgroupHierarchy& unified) {
  plan_.v2_directory = unified.mount_point + path_;
  add_directories(unified.mount_point);
  enable_controllers(unified);
  for (const Controller& one : kControllers)
    if (unified.has(one.v2_name)) add_limits(plan_.v2_directory, limits_v2(one.name, resources_));
  add_unified(unified);
  // kernel: v2 has no devices controller; a program on the cgroup decides, unless v1's controller does.
  const std::vector<oci::DeviceRule> rules = effective_device_rules(resources_.devices);
  if (!layout_.find("devices") && !rules.empty()) plan_.device_program = device_program(rules);
}

// A hybrid's v2 side that manages nothing the container needs costs a directory and gives no limit.
bool needs_unified(const CgroupLayout& layout, const CgroupHierarchy& unified, const oci::Resources& resources) {
  // security: without v1's devices controller the device program is the only device policy, and it sits on v2.
  if (layout.mode == CgroupMode::v2 || !resources.unified.empty() || !layout.find("devices")) return true;
  return std::any_of(std::begin(kControllers), std::end(kControllers), [&](const Controller& one) {
    return unified.has(one.v2_name) && (one.always || asked(one.name, resources, unified));
  });
}

}  // namespace

CgroupPlan plan_cgroup(const CgroupLayout& layout, const std::string& path, const oci::Resources& asked_for,
                       CgroupScope scope) {
  check_path(path);
  check_resources(asked_for);
  check_combinations(asked_for, scope);
  check_cpuset(asked_for, layout.find("cpuset"));
  oci::Resources resources = asked_for;
  // Docker's default swap is the engine's wish: a bundle that says nothing about swap means no limit.
  if (scope == CgroupScope::all && resources.memory_swap.value_or(0) == 0) resources.memory_swap = -1;
  const CgroupHierarchy* unified = layout.unified();
  if (!unified && !resources.unified.empty())
    throw_error(ErrorKind::unsupported, "invalid configuration: cannot set ", resources.unified.begin()->first,
                ": this host has no cgroup v2");

  Planner planner(layout, path, resources, scope);
  for (const Controller& one : kControllers) {
    const CgroupHierarchy* v1 = layout.find(one.name);
    if (unified && unified->has(one.v2_name)) continue;
    if (!v1)
      planner.refuse_or_warn(one.name);
    else if (one.always || scope == CgroupScope::all || asked(one.name, resources, *v1))
      planner.join_v1(one.name, *v1);
  }
  if (scope == CgroupScope::all) planner.join_other_v1();
  const bool everywhere = scope == CgroupScope::all;
  if (unified && (everywhere || needs_unified(layout, *unified, resources))) planner.join_v2(*unified);

  CgroupPlan plan = std::move(planner).take();
  const auto warn = [&](std::vector<std::string> warnings) {
    plan.warnings.insert(plan.warnings.end(), warnings.begin(), warnings.end());
  };
  if (const CgroupHierarchy* memory = layout.find("memory")) warn(memory_warnings(resources, *memory));
  if (const CgroupHierarchy* cpu = layout.find("cpu")) warn(cpu_warnings(resources, *cpu));
  return plan;
}

}  // namespace minidock::linux
