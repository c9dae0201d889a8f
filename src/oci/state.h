// The state of a container as the runtime spec hands it to hooks and to `state` callers (runtime.md "State").
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace minidock::oci {

struct State {
  std::string oci_version = "1.2.0";
  std::string id;
  std::string status;  // "creating", "created", "running", "stopped"; "paused" is runc's addition
  int64_t pid = 0;     // 0: none, left out of the JSON
  std::string bundle;  // absolute
  std::map<std::string, std::string> annotations;
};

// One line without a newline, fit for a hook's standard input.
std::string to_json(const State& state);

}  // namespace minidock::oci
