#include "engine/security_options.h"

#include "base/error.h"
#include "base/text.h"

namespace minidock::engine {

namespace {

[[noreturn]] void refuse(const std::string& option) {
  throw_error(ErrorKind::invalid, "Invalid --security-opt: \"", printable(option), "\"");
}

bool read_switch(const std::string& option, const std::string& value) {
  if (value.empty() || value == "true") return true;
  if (value != "false") refuse(option);
  return false;
}

}  // namespace

SecurityOptions read_security_options(const std::vector<std::string>& options) {
  SecurityOptions out;
  for (const std::string& option : options) {
    const size_t equals = option.find('=');
    const std::string key = option.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : option.substr(equals + 1);
    if (key == "no-new-privileges") {
      out.no_new_privileges = read_switch(option, value);
    } else if (key == "writable-cgroups") {
      out.writable_cgroups = read_switch(option, value);
    } else if (key == "systempaths" && value == "unconfined") {
      out.open_system_paths = true;
    } else if (key == "seccomp" && !value.empty()) {
      out.seccomp = value;
    } else if (key == "apparmor" && !value.empty()) {
      out.apparmor = value == "unconfined" ? "" : value;
    } else if (key != "label" || value.empty()) {
      refuse(option);
    }
  }
  return out;
}

}  // namespace minidock::engine
