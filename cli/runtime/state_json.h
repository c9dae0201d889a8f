// A container's state as `state` and `list --format json` print it: the spec's fields and runc's additions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "runtime/lifecycle/container.h"

namespace minidock::cli {

nlohmann::ordered_json runtime_state_json(const runtime::Container& container);

std::string owner_name(uint32_t uid);  // "root"; the number where nobody has it

}  // namespace minidock::cli
