#include "runtime/lifecycle/cgroup_unit.h"

#include "linux/cgroup_apply.h"
#include "linux/cgroup_update.h"
#include "linux/systemd_bus.h"
#include "runtime/lifecycle/container.h"

namespace minidock::runtime {

namespace {

using Properties = std::vector<linux::UnitProperty>;

void append(Properties& all, Properties more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

int property_version(const linux::CgroupLayout& layout) {
  return layout.mode == linux::CgroupMode::v2 ? 2 : 1;
}

}  // namespace

void require_systemd() {
  if (!linux::SystemBus::can_open()) throw NeedsLibraries();
}

void place_by_systemd(const linux::SystemdPlace& place, pid_t pid, const oci::Spec& spec,
                      const linux::CgroupLayout& layout) {
  const oci::Resources& resources = spec.linux_.resources;
  linux::SystemBus bus = linux::SystemBus::open();
  Properties properties = linux::unit_properties(property_version(layout), resources, bus.version());
  append(properties, linux::device_properties(resources.devices));
  append(properties, linux::annotated_properties(spec.annotations));
  bus.start_scope(place, pid, properties, true);
  linux::CgroupLayout now = layout;
  linux::read_cgroup_parents(now, place.cgroup_path);
  linux::apply_cgroup_plan(linux::plan_cgroup(now, place.cgroup_path, resources, linux::CgroupScope::all));
  linux::join_cgroups(now, place.cgroup_path, pid);
}

void change_unit(const std::string& unit, const std::string& path, const oci::Resources& change,
                 const linux::CgroupLayout& layout) {
  const linux::CgroupCurrent current = linux::read_cgroup_current(layout, path);
  linux::plan_cgroup_update(layout, path, current, change);
  linux::SystemBus bus = linux::SystemBus::open();
  const oci::Resources whole = linux::complete_change(current, change);
  bus.set_properties(unit, linux::unit_properties(property_version(layout), whole, bus.version()));
}

}  // namespace minidock::runtime
