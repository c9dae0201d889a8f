#include "linux/systemd_message.h"

#include "base/error.h"
#include "base/text.h"

namespace minidock::linux {

void check_bus(int result, const std::string& what) {
  if (result < 0) throw_errno_message(-result, cat("cannot ", what));
}

ManagerCall::ManagerCall(sd_bus* bus, const char* method) : library_(systemd_library()) {
  check_bus(library_.new_method_call(bus, &message_, kManagerName, kManagerPath, kManagerInterface, method),
            "make a message to systemd");
}

void ManagerCall::open(char type, const char* contents) {
  check_bus(library_.open_container(message_, type, contents), "make a message to systemd");
}

void ManagerCall::close() {
  check_bus(library_.close_container(message_), "make a message to systemd");
}

void ManagerCall::add(const std::string& text) {
  check_bus(library_.append(message_, "s", text.c_str()), "make a message to systemd");
}

void ManagerCall::add(bool value) {
  check_bus(library_.append(message_, "b", static_cast<int>(value)), "make a message to systemd");
}

// One variant, by the C++ type that stands for its D-Bus type.
struct ManagerCall::Appender {
  ManagerCall& call;

  void number(const char* type, auto value) const {
    call.open('v', type);
    check_bus(call.library_.append(call.message_, type, value), "make a message to systemd");
    call.close();
  }
  void array(const char* type, char element, const void* data, size_t size) const {
    call.open('v', type);
    check_bus(call.library_.append_array(call.message_, element, data, size), "make a message to systemd");
    call.close();
  }
  void operator()(bool value) const { number("b", static_cast<int>(value)); }
  void operator()(int32_t value) const { number("i", value); }
  void operator()(uint32_t value) const { number("u", value); }
  void operator()(int64_t value) const { number("x", value); }
  void operator()(uint64_t value) const { number("t", value); }
  void operator()(const std::string& value) const { number("s", value.c_str()); }
  void operator()(const std::vector<uint8_t>& value) const { array("ay", 'y', value.data(), value.size()); }
  void operator()(const std::vector<uint32_t>& value) const {
    array("au", 'u', value.data(), value.size() * sizeof(uint32_t));
  }
  void operator()(const std::vector<std::string>& value) const {
    call.open('v', "as");
    call.open('a', "s");
    for (const std::string& text : value) call.add(text);
    call.close();
    call.close();
  }
  void operator()(const std::vector<DeviceAccess>& value) const {
    call.open('v', "a(ss)");
    call.open('a', "(ss)");
    for (const DeviceAccess& one : value)
      check_bus(call.library_.append(call.message_, "(ss)", one.node.c_str(), one.access.c_str()),
                "make a message to systemd");
    call.close();
    call.close();
  }
};

void ManagerCall::add(const std::vector<UnitProperty>& properties) {
  open('a', "(sv)");
  for (const UnitProperty& property : properties) {
    open('r', "sv");
    add(property.name);
    std::visit(Appender{*this}, property.value);
    close();
  }
  close();
}

void ManagerCall::add_no_auxiliary_units() {
  open('a', "(sa(sv))");
  close();
}

}  // namespace minidock::linux
