#include "engine/container_cgroup.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/engine.h"
#include "linux/systemd_bus.h"
#include "monitor/frame.h"
#include "oci/path.h"

namespace minidock::engine {

namespace {

constexpr std::string_view kInScope = ".scope/container";

std::string record_path(const store::Store& store, const std::string& id) {
  return store.run_directory(id) + "/cgroup";
}

std::string plain_path(const store::Location& location, const std::string& id) {
  return cat("/", cgroup_name(location, id));
}

// The hierarchy by which systemd tells whose a process is.
const linux::CgroupHierarchy* systemd_hierarchy(const linux::CgroupLayout& layout) {
  return layout.unified() ? layout.unified() : layout.find("name=systemd");
}

// Docker's check and words.
void require_slice(const std::string& parent) {
  constexpr std::string_view kSuffix = ".slice";
  if (parent.size() > kSuffix.size() && parent.ends_with(kSuffix)) return;
  throw_error(ErrorKind::invalid, "cgroup-parent for systemd cgroup should be a valid slice named as \"xxx.slice\"");
}

}  // namespace

std::string cgroup_name(const store::Location& location, const std::string& id) {
  return cat("minidock-", id, "-", short_hash(location.run_root));
}

CgroupPlace plan_cgroup_place(const std::string& name, const std::string& parent, bool by_systemd) {
  CgroupPlace place;
  if (!by_systemd) {
    // As docker has it: a path below the top, with or without a slash before it, and never above.
    const std::string below = parent.empty() ? "/" : oci::clean_path("", cat("/", parent));
    place.path = below == "/" ? cat("/", name) : cat(below, "/", name);
    return place;
  }
  if (!parent.empty()) require_slice(parent);
  place.unit = linux::parse_systemd_place(cat(parent.empty() ? kSlice : parent, "::", name), "");
  place.path = cat(place.unit->cgroup_path, "/container");
  return place;
}

const char* cgroup_driver() {
  return linux::SystemBus::keeps_cgroups() ? "systemd" : "cgroupfs";
}

CgroupPlace new_cgroup_place(const store::Location& location, const std::string& id, const std::string& parent) {
  return plan_cgroup_place(cgroup_name(location, id), parent, linux::SystemBus::keeps_cgroups());
}

void read_parents(linux::CgroupLayout& layout, const CgroupPlace& place) {
  if (place.unit) {
    linux::expect_delegated(layout, place.unit->cgroup_path);
  } else if (place.path.find('/', 1) != std::string::npos) {
    linux::read_cgroup_parents(layout, place.path);
  }
}

void add_unit(const linux::CgroupLayout& layout, const CgroupPlace& place, monitor::LaunchRequest& request) {
  if (!place.unit) return;
  const linux::CgroupHierarchy* hierarchy = systemd_hierarchy(layout);
  const bool inside = hierarchy != nullptr && oci::is_within(hierarchy->self, place.unit->cgroup_path);
  if (!inside) request.unit = place.unit;
  if (layout.mode == linux::CgroupMode::v2) request.own_cgroup = monitor_cgroup(layout, place.path);
}

std::string cgroup_path(const store::Store& store, const std::string& id) {
  const auto recorded = find_file_text(AT_FDCWD, record_path(store, id));
  return recorded && !recorded->empty() ? *recorded : plain_path(store.location(), id);
}

void record_cgroup_path(const store::Store& store, const std::string& id, const std::string& path) {
  if (path == plain_path(store.location(), id)) {
    discard_file(AT_FDCWD, record_path(store, id));
  } else {
    write_file(AT_FDCWD, record_path(store, id), path);
  }
}

std::string unit_cgroup(const std::string& path) {
  constexpr size_t kLast = std::string_view("/container").size();
  return path.ends_with(kInScope) ? path.substr(0, path.size() - kLast) : "";
}

std::string monitor_cgroup(const linux::CgroupLayout& layout, const std::string& path) {
  const std::string unit = unit_cgroup(path);
  const linux::CgroupHierarchy* hierarchy = systemd_hierarchy(layout);
  if (unit.empty() || hierarchy == nullptr) return "";
  // Without controllers in v2's hierarchy, as in v1's own, a scope's top takes processes beside those below.
  const bool beside = layout.mode == linux::CgroupMode::v2;
  return cat(hierarchy->mount_point, unit, beside ? cat("/", monitor::kMonitorCgroup) : std::string());
}

}  // namespace minidock::engine
