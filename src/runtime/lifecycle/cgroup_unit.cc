#include "runtime/lifecycle/cgroup_unit.h"

#include "linux/cgroup_apply.h"
#include "linux/systemd_bus.h"
#include "runtime/lifecycle/container.h"

namespace minidock::runtime {

namespace {

using Properties = std::vector<linux::UnitProperty>;

void append(Properties& all, Properties more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

void require_systemd() {
  if (!linux::SystemBus::can_open()) throw NeedsLibraries();
}

void place_by_systemd(const linux::SystemdPlace& place, pid_t pid, const oci::Spec& spec,
                      const linux::CgroupLayout& layout) {
  const oci::Resources& resources = spec.linux_.resources;
  linux::SystemBus bus = linux::SystemBus::open();
  const int cgroup_version = layout.mode == linux::CgroupMode::v2 ? 2 : 1;
  Properties properties = linux::unit_properties(cgroup_version, resources, bus.version());
  append(properties, linux::device_properties(resources.devices));
  append(properties, linux::annotated_properties(spec.annotations));
  bus.start_scope(place, pid, properties, true);
  linux::CgroupLayout now = layout;
  linux::read_cgroup_parents(now, place.cgroup_path);
  linux::apply_cgroup_plan(linux::plan_cgroup(now, place.cgroup_path, resources, linux::CgroupScope::all));
  linux::join_cgroups(now, place.cgroup_path, pid);
}

}  // namespace minidock::runtime
