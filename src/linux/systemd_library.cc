#include "linux/systemd_library.h"
#include "base/error.h"
#include "base/shared_library.h"

namespace minidock::linux {
namespace {

SystemdLibrary load_library() {
  const auto library = SharedLibrary::load({"libsystemd.so.0"}, "cannot talk to systemd", "install libsystemd0");
  SystemdLibrary out = {};
  library.load_call("sd_bus_open_system", out.open_system);
  library.load_call("sd_bus_flush_close_unref", out.flush_close_unref);
  library.load_call("sd_bus_message_new_method_call", out.new_method_call);
  library.load_call("sd_bus_message_append", out.append);
  library.load_call("sd_bus_message_append_array", out.append_array);
  library.load_call("sd_bus_message_open_container", out.open_container);
  library.load_call("sd_bus_message_close_container", out.close_container);
  library.load_call("sd_bus_call", out.call);
  library.load_call("sd_bus_message_read", out.read);
  library.load_call("sd_bus_message_unref", out.message_unref);
  library.load_call("sd_bus_error_free", out.error_free);
  library.load_call("sd_bus_match_signal", out.match_signal);
  library.load_call("sd_bus_slot_unref", out.slot_unref);
  library.load_call("sd_bus_process", out.process);
  library.load_call("sd_bus_wait", out.wait);
  library.load_call("sd_bus_get_property_string", out.get_property_string);
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
