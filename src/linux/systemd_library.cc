#include "linux/systemd_library.h"

#include <dlfcn.h>

#include "base/error.h"

namespace minidock::linux {
namespace {

template <typename Call>
void find_call(void* library, const char* name, Call& out) {
  out = reinterpret_cast<Call>(::dlsym(library, name));
  if (out == nullptr) throw_error(ErrorKind::unsupported, "cannot talk to systemd: libsystemd.so.0 has no ", name);
}

SystemdLibrary load_library() {
  void* const library = ::dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    throw_error(ErrorKind::unsupported, "cannot talk to systemd: libsystemd.so.0 is not there; install libsystemd0");
  SystemdLibrary out = {};
  find_call(library, "sd_bus_open_system", out.open_system);
  find_call(library, "sd_bus_flush_close_unref", out.flush_close_unref);
  find_call(library, "sd_bus_message_new_method_call", out.new_method_call);
  find_call(library, "sd_bus_message_append", out.append);
  find_call(library, "sd_bus_message_append_array", out.append_array);
  find_call(library, "sd_bus_message_open_container", out.open_container);
  find_call(library, "sd_bus_message_close_container", out.close_container);
  find_call(library, "sd_bus_call", out.call);
  find_call(library, "sd_bus_message_read", out.read);
  find_call(library, "sd_bus_message_unref", out.message_unref);
  find_call(library, "sd_bus_error_free", out.error_free);
  find_call(library, "sd_bus_match_signal", out.match_signal);
  find_call(library, "sd_bus_slot_unref", out.slot_unref);
  find_call(library, "sd_bus_process", out.process);
  find_call(library, "sd_bus_wait", out.wait);
  find_call(library, "sd_bus_get_property_string", out.get_property_string);
  return out;
}

}  // namespace

bool can_load_libraries() {
  return true;
}

const SystemdLibrary& systemd_library() {
  static const SystemdLibrary kLibrary = load_library();
  return kLibrary;
}

}  // namespace minidock::linux
