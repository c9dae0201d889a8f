// The systemd scope that a container's guard and monitor live in, and with them all that they start.
#include <ctime>

#include "base/time.h"
#include "linux/cgroup_apply.h"
#include "linux/systemd_bus.h"
#include "monitor/frame.h"
#include "monitor/launch.h"

namespace minidock::monitor {

namespace {

// Docker's ten seconds, where the host is shut down: systemd signals the container as `stop` would.
constexpr uint64_t kStopMicroseconds = 10'000'000;

std::vector<linux::UnitProperty> properties_of(const linux::SystemdPlace& unit) {
  return {{"Description", cat("minidock container ", unit.unit)},
          {"DefaultDependencies", true},  // ended before the host's disks are unmounted
          {"TimeoutStopUSec", kStopMicroseconds},
          {"CollectMode", std::string("inactive-or-failed")}};
}

// A scope of this name that has nobody in it any more ends within moments, and makes room. One that stays has a process
// of the run before (an exec in the host's pid namespace): then that one is joined.
void place_in_unit(const linux::SystemdPlace& unit, pid_t process) {
  constexpr Nanoseconds kPatience = 2 * kSecond;
  constexpr timespec kPause = {0, 5'000'000};
  linux::SystemBus bus = linux::SystemBus::open();
  const Nanoseconds deadline = monotonic_now() + kPatience;
  for (;;) {
    try {
      return bus.start_scope(unit, process, properties_of(unit), true);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::conflict) throw;
      if (monotonic_now() >= deadline) break;
    }
    ::nanosleep(&kPause, nullptr);
  }
  // The top of a v2 scope hands controllers down, and so takes no process: the monitors' own place does.
  const linux::CgroupLayout layout = linux::read_cgroup_layout();
  const bool unified = layout.mode == linux::CgroupMode::v2;
  linux::join_cgroups(layout, unified ? cat(unit.cgroup_path, "/", kMonitorCgroup) : unit.cgroup_path, process);
}

}  // namespace

void Session::place(const linux::SystemdPlace& unit, const std::string& failing) {
  try {
    place_in_unit(unit, monitor_pid_);
    send_frame(static_cast<uint8_t>(FrameKind::placed), {});
  } catch (const Error& error) {
    socket_.reset();  // it ends without a word
    reap_monitor();
    throw StartFailure(error.kind(), cat(failing, ": ", error.what()), error.error_number(), 125, "launch");
  }
}

}  // namespace minidock::monitor
