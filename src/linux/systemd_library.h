// libsystemd's sd-bus calls, found at run time: minidock neither needs the library to be there nor its headers to be
// built. Internal to src/linux. Source: sd-bus(3) and its pages; the declarations are the library's stable interface.
#pragma once

#include <cstddef>
#include <cstdint>

struct sd_bus;
struct sd_bus_message;
struct sd_bus_slot;

namespace minidock::linux {

struct BusError {  // sd_bus_error
  const char* name = nullptr;
  const char* message = nullptr;
  int need_free = 0;
};

using BusHandler = int (*)(sd_bus_message* message, void* owner, BusError* error);

struct SystemdLibrary {
  int (*open_system)(sd_bus** out);
  sd_bus* (*flush_close_unref)(sd_bus* bus);
  int (*new_method_call)(sd_bus* bus, sd_bus_message** out, const char* destination, const char* path,
                         const char* interface, const char* member);
  int (*append)(sd_bus_message* message, const char* types, ...);
  int (*append_array)(sd_bus_message* message, char type, const void* data, size_t size);
  int (*open_container)(sd_bus_message* message, char type, const char* contents);
  int (*close_container)(sd_bus_message* message);
  int (*call)(sd_bus* bus, sd_bus_message* message, uint64_t microseconds, BusError* error, sd_bus_message** reply);
  int (*read)(sd_bus_message* message, const char* types, ...);
  sd_bus_message* (*message_unref)(sd_bus_message* message);
  void (*error_free)(BusError* error);
  int (*match_signal)(sd_bus* bus, sd_bus_slot** out, const char* sender, const char* path, const char* interface,
                      const char* member, BusHandler handler, void* owner);
  sd_bus_slot* (*slot_unref)(sd_bus_slot* slot);
  int (*process)(sd_bus* bus, sd_bus_message** out);
  int (*wait)(sd_bus* bus, uint64_t microseconds);
  int (*get_property_string)(sd_bus* bus, const char* destination, const char* path, const char* interface,
                             const char* member, BusError* error, char** out);
};

// False in a statically linked program (systemd_absent.cc).
bool can_load_libraries();

// Loaded once, and never unloaded. Throws unsupported where the library is missing or lacks a call.
const SystemdLibrary& systemd_library();

}  // namespace minidock::linux
