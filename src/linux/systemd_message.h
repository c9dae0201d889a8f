// A method call to the system manager under construction. Internal to src/linux.
#pragma once

#include <string>
#include <vector>

#include "linux/systemd_library.h"
#include "linux/systemd_unit.h"

namespace minidock::linux {

constexpr const char* kManagerName = "org.freedesktop.systemd1";
constexpr const char* kManagerPath = "/org/freedesktop/systemd1";
constexpr const char* kManagerInterface = "org.freedesktop.systemd1.Manager";

class ManagerCall {
 public:
  ManagerCall(sd_bus* bus, const char* method);
  ~ManagerCall() { library_.message_unref(message_); }
  ManagerCall(const ManagerCall&) = delete;
  ManagerCall& operator=(const ManagerCall&) = delete;

  void add(const std::string& text);
  void add(bool value);
  void add(const std::vector<UnitProperty>& properties);  // a(sv)
  void add_no_auxiliary_units();                          // a(sa(sv))

  sd_bus_message* get() const { return message_; }

 private:
  struct Appender;
  void open(char type, const char* contents);
  void close();

  const SystemdLibrary& library_;
  sd_bus_message* message_ = nullptr;
};

// Throws with the text of a negative errno that libsystemd returned.
void check_bus(int result, const std::string& what);

}  // namespace minidock::linux
