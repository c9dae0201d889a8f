// The hooks that run in the runtime's own namespaces: prestart, createRuntime, poststart, poststop
// (runtime-spec config.md "POSIX-platform Hooks"). Those of the container's namespaces are steps of the Plan.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "oci/spec.h"

namespace minidock::runtime {

struct HookContext {
  std::string_view point;  // "createRuntime", for messages
  std::string_view state;  // the state's JSON, which each hook reads on its standard input
  int directory = -1;      // borrowed: where hooks start, the bundle
};

// One after the other; each has exactly its own arguments and environment. The first that fails ends it, throws
//   error running createRuntime hook #0: exit status 1, stdout: , stderr: no such bridge
// and after its time-out (seconds) a hook and what it started are killed: "...: timed out after 5 seconds".
void run_hooks(const std::vector<oci::Hook>& hooks, const HookContext& context);

// The same for a point at which a failure stops nothing: what would have been thrown is returned.
std::vector<std::string> try_hooks(const std::vector<oci::Hook>& hooks, const HookContext& context);

}  // namespace minidock::runtime
