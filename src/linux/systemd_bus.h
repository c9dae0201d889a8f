// The system manager by D-Bus: transient scopes. libsystemd is loaded when first needed, never linked.
// Sources: org.freedesktop.systemd1(5), sd-bus(3), sd_bus_message_append(3).
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "linux/systemd_unit.h"

namespace minidock::linux {

class SystemBus {
 public:
  // False in a statically linked program: it cannot load the library.
  static bool can_open();
  // systemd keeps the cgroups of this host: it is PID 1 here, and can be talked to. Looks at files alone. security: in
  // a container that sees the host's /run, a process's number would mean another process to systemd.
  static bool keeps_cgroups();
  // Throws unsupported where the host was not booted with systemd, has no libsystemd.so.0 or no system bus.
  static SystemBus open();
  SystemBus(SystemBus&&) noexcept;
  SystemBus& operator=(SystemBus&&) noexcept;
  ~SystemBus();

  int version();  // of the manager: 252; 0 where it does not tell; asked when first wanted

  // Makes the scope with `pid` in it and waits until systemd has done so. `delegate`: the container may make cgroups of
  // its own below. A unit of this name that failed earlier is reset first. Throws conflict where one is active,
  // in_use after `patience`, and with systemd's own words otherwise.
  void start_scope(const SystemdPlace& place, pid_t pid, const std::vector<UnitProperty>& properties, bool delegate,
                   Nanoseconds patience = 30 * kSecond);
  // Idempotent: a unit that is gone is fine.
  void stop_unit(const std::string& unit, Nanoseconds patience = 30 * kSecond);
  // Lasts until the unit ends or the host reboots. Its cgroup has the values when this returns.
  void set_properties(const std::string& unit, const std::vector<UnitProperty>& properties);

 private:
  struct Connection;
  explicit SystemBus(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace minidock::linux
