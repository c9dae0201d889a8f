// --security-opt: checked, and files named in it read, so that the engine gets data and no paths of the caller's.
#pragma once

#include <string>

namespace minidock::cli {

// "no-new-privileges", "seccomp=unconfined|builtin|{JSON}", "apparmor=…", "label=…", "systempaths=unconfined",
// "writable-cgroups". Throws invalid: Invalid --security-opt: "foo"; and what reading a profile throws.
std::string parse_security_option(const std::string& text);

}  // namespace minidock::cli
