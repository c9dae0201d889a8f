#include "engine/update.h"

#include <ctime>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/container_cgroup.h"
#include "engine/engine.h"
#include "engine/events.h"
#include "engine/leftovers.h"
#include "engine/restart_policy.h"
#include "engine/spec_builder.h"
#include "engine/turn.h"
#include "linux/cgroup_apply.h"
#include "linux/cgroup_files.h"
#include "linux/cgroup_join.h"
#include "linux/cgroup_update.h"

namespace minidock::engine {

namespace {

constexpr uint64_t kPeriod = 100'000;  // µs: docker's for --cpus

void refuse_if(bool wrong, const char* why) {
  if (wrong) throw_error(ErrorKind::conflict, why);
}

// --cpus stands for a period and a quota: a container has one way or the other.
void check_cpu_ways(const ContainerConfig& config, const ContainerUpdate& change) {
  const oci::Resources &old = config.resources, &asked = change.resources;
  const bool was_nano = config.nano_cpus != 0;
  const bool period = asked.cpu_period.value_or(0) > 0, quota = asked.cpu_quota.value_or(0) != 0;
  if (change.nano_cpus != 0) {
    refuse_if(period, "Conflicting options: Nano CPUs and CPU Period cannot both be set");
    refuse_if(quota, "Conflicting options: Nano CPUs and CPU Quota cannot both be set");
    refuse_if(!was_nano && old.cpu_period.value_or(0) > 0,
              "Conflicting options: Nano CPUs cannot be updated as CPU Period has already been set");
    refuse_if(!was_nano && old.cpu_quota.value_or(0) > 0,
              "Conflicting options: Nano CPUs cannot be updated as CPU Quota has already been set");
  }
  refuse_if(period && was_nano, "Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set");
  refuse_if(quota && was_nano, "Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set");
}

// Memory and swap together, as they are in force; 0: nothing was said of either.
int64_t swap_in_force(const oci::Resources& resources) {
  if (resources.memory_swap.value_or(0) != 0) return *resources.memory_swap;
  const int64_t limit = resources.memory_limit.value_or(0);
  return limit > INT64_MAX / 2 ? INT64_MAX : 2 * limit;
}

template <typename Value>
void take(std::optional<Value>& value, const std::optional<Value>& change) {
  if (change.value_or(0) != 0) value = change;
}

void take_memory(oci::Resources& resources, const oci::Resources& change) {
  const int64_t swap = swap_in_force(resources), limit = change.memory_limit.value_or(0);
  const bool swap_stays = change.memory_swap.value_or(0) == 0;
  refuse_if(limit > 0 && swap_stays && swap > 0 && limit > swap,
            "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time");
  // What followed from the old limit stays as it was, as with docker.
  if (limit > 0 && swap_stays && swap != 0) resources.memory_swap = swap;
  take(resources.memory_limit, change.memory_limit);
  take(resources.memory_swap, change.memory_swap);
  take(resources.memory_reservation, change.memory_reservation);
}

// Controllers that no start joins unless they were asked for.
std::vector<std::string> controllers_of(const oci::Resources& change) {
  std::vector<std::string> out;
  const bool cpu = change.cpu_shares.value_or(0) != 0 || change.cpu_period.value_or(0) != 0 || change.cpu_quota;
  if (cpu) out.push_back("cpu");
  if (!change.cpuset_cpus.empty() || !change.cpuset_mems.empty()) out.push_back("cpuset");
  if (change.blkio_weight.value_or(0) != 0) out.push_back("blkio");
  return out;
}

// A start passes a weight over that the kernel lacks; here it is what was asked for.
void require_block_weights(const linux::CgroupLayout& layout, const std::string& path) {
  for (const linux::CgroupHierarchy& hierarchy : layout.hierarchies) {
    for (const char* file : {"blkio.bfq.weight", "blkio.weight", "io.bfq.weight", "io.weight"}) {
      if (exists_at(AT_FDCWD, cat(linux::cgroup_directory(hierarchy, path), "/", file))) return;
    }
  }
  throw_error(ErrorKind::unsupported, "this kernel has no weights of block I/O: it takes the I/O scheduler bfq");
}

// The writes that undo `writes`, last one first.
std::vector<linux::CgroupWrite> undo_of(const std::vector<linux::CgroupWrite>& writes) {
  std::vector<linux::CgroupWrite> out;
  for (auto write = writes.rbegin(); write != writes.rend(); ++write) {
    const std::string text(trim(linux::read_cgroup_text(write->directory, write->file)));
    if (!text.empty()) out.push_back({write->directory, write->file, text, false, true});
  }
  return out;
}

}  // namespace

bool changes_limits(const ContainerUpdate& change) {
  const oci::Resources& asked = change.resources;
  const bool memory = asked.memory_limit || asked.memory_swap || asked.memory_reservation;
  const bool cpu = change.nano_cpus != 0 || asked.cpu_shares || asked.cpu_period || asked.cpu_quota;
  return memory || cpu || !asked.cpuset_cpus.empty() || !asked.cpuset_mems.empty() || asked.pids_limit ||
         asked.blkio_weight;
}

ContainerConfig updated_config(const ContainerConfig& config, const ContainerUpdate& change) {
  check_cpu_ways(config, change);
  ContainerConfig out = config;
  oci::Resources& resources = out.resources;
  take_memory(resources, change.resources);
  if (change.nano_cpus != 0) {
    out.nano_cpus = change.nano_cpus;
    resources.cpu_period = kPeriod;
    resources.cpu_quota = static_cast<int64_t>(change.nano_cpus * kPeriod / 1'000'000'000);
  }
  take(resources.cpu_period, change.resources.cpu_period);
  take(resources.cpu_quota, change.resources.cpu_quota);
  take(resources.cpu_shares, change.resources.cpu_shares);
  take(resources.blkio_weight, change.resources.blkio_weight);
  if (!change.resources.cpuset_cpus.empty()) resources.cpuset_cpus = change.resources.cpuset_cpus;
  if (!change.resources.cpuset_mems.empty()) resources.cpuset_mems = change.resources.cpuset_mems;
  if (change.resources.pids_limit) resources.pids_limit = change.resources.pids_limit;
  if (change.restart) {
    refuse_if(config.auto_remove && change.restart->name != "no",
              "Restart policy cannot be updated because AutoRemove is enabled for the container");
    out.restart = *change.restart;
  }
  validate(out);
  return out;
}

oci::Resources live_change(const ContainerUpdate& change, const ContainerConfig& after) {
  oci::Resources out = change.resources;
  const oci::Resources& all = after.resources;
  const bool memory = out.memory_limit.value_or(0) != 0 || out.memory_swap.value_or(0) != 0;
  if (memory) {
    // Both: each bounds the other.
    out.memory_limit = all.memory_limit;
    out.memory_swap = swap_in_force(all);
  }
  if (change.nano_cpus != 0) {
    out.cpu_period = all.cpu_period;
    out.cpu_quota = all.cpu_quota;
  }
  if (out.pids_limit && *out.pids_limit <= 0) out.pids_limit = -1;
  return out;
}

void Engine::apply_update(const std::string& id, const ContainerUpdate& change, const ContainerConfig& after) {
  if (!changes_limits(change)) {
    store_.change_container(id, to_json(after));
    return;
  }
  const oci::Resources asked = live_change(change, after);
  const linux::CgroupLayout& layout = cgroup_layout();
  const std::string path = cgroup_path(store_, id);
  const std::vector<std::string> controllers = controllers_of(asked);
  if (!controllers.empty()) mark_later_cgroups(store_, id);
  for (const std::string& controller : controllers) linux::ensure_controller(layout, path, controller);
  if (asked.blkio_weight.value_or(0) != 0) require_block_weights(layout, path);
  const linux::CgroupCurrent current = linux::read_cgroup_current(layout, path);
  oci::Resources told = asked;
  // A kernel that does not account swap has nothing to be limited.
  if (!current.memory_swap) told.memory_swap.reset();
  const auto writes = linux::plan_cgroup_update(layout, path, current, told);
  const auto undo = undo_of(writes);
  try {
    linux::write_cgroups(writes);
    store_.change_container(id, to_json(after));
  } catch (...) {
    for (const linux::CgroupWrite& write : undo) linux::write_cgroup(write);
    throw;
  }
}

namespace {

ContainerConfig updated_config_of(const ContainerView& view, const ContainerUpdate& change) {
  try {
    return updated_config(view.config(), change);
  } catch (const Error& error) {
    const bool of_policy = change.restart && view.config().auto_remove;
    if (!of_policy) throw;
    throw error.with_context(cat("Cannot update container ", view.row.id));
  }
}

}  // namespace

std::vector<std::string> Engine::update(std::string_view name_or_id, const ContainerUpdate& change) {
  constexpr Nanoseconds kPatience = 10 * kSecond;
  constexpr timespec kPause = {0, 1'000'000};
  const std::string id = store_.load_container(name_or_id).id;
  const Fd turn = take_turn(store_, id);
  const Nanoseconds deadline = monotonic_now() + kPatience;
  for (;;) {
    const ContainerView view = load(id);
    const ContainerConfig after = updated_config_of(view, change);
    const std::vector<std::string> warnings =
        linux::plan_cgroup(cgroup_layout(), cgroup_path(store_, id), build_resources(after)).warnings;
    // race: one that is being started took its config before; it is told as soon as it runs.
    const auto stopped = view.is_up() ? std::nullopt : store_.try_lock_container(id);
    if (stopped) {
      store_.change_container(id, to_json(after));
      record_container_event(store_, view.row, view.config(), "update");
      return warnings;
    }
    // One that waits to be started again has no limits now, and a policy that its monitor has to hear of.
    const bool waits = view.state == ContainerState::restarting && !changes_limits(change);
    if (view.is_up() || waits) {
      try {
        if (change.restart) mark_policy_changed(store_, view.row);
        apply_update(id, change, after);
        // race: a start in between took the mark away, and had read the old row.
        if (change.restart) mark_policy_changed(store_, view.row);
        if (waits) wake_monitor(store_, id);
        record_container_event(store_, view.row, view.config(), "update");
        return warnings;
      } catch (const Error& error) {
        const bool ended = error.kind() == ErrorKind::not_found && !load(id).is_up();
        if (!ended) throw error.with_context(cat("Cannot update container ", id));
      }
    }
    if (monotonic_now() >= deadline) {
      throw_error(ErrorKind::in_use, "Cannot update container ", id, ": another command holds it; try again");
    }
    ::nanosleep(&kPause, nullptr);
  }
}

}  // namespace minidock::engine
