// --security-opt, read: what it asks for beside docker's defaults.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace minidock::engine {

struct SecurityOptions {
  std::optional<std::string> seccomp;  // "unconfined", "builtin" or a profile's JSON
  std::string apparmor;                // profile name; "" for none
  bool no_new_privileges = false;
  bool open_system_paths = false;  // systempaths=unconfined: nothing masked or read-only in /proc and /sys
  bool writable_cgroups = false;
};

// `options`: "key=value", later wins. Throws invalid: `Invalid --security-opt: "foo"`. SELinux labels are taken
// and mean nothing: no LSM of that kind is driven here.
SecurityOptions read_security_options(const std::vector<std::string>& options);

}  // namespace minidock::engine
