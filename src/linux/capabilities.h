// Capability names and numbers (capabilities(7)), and docker's rules for --cap-add and --cap-drop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidock::linux {

using CapabilityMask = uint64_t;  // bit n: capability number n

std::optional<int> capability_number(std::string_view name);  // "CAP_CHOWN", "chown", any case
std::string capability_name(int number);                      // "CAP_CHOWN"; "CAP_41" for one newer than our table
std::vector<std::string> capability_names(CapabilityMask mask);
CapabilityMask capability_mask(const std::vector<std::string>& names);  // throws invalid for an unknown name

// Docker's fourteen: 0xa80425fb.
CapabilityMask default_capabilities();
// What this process may still hand on: its bounding set, from /proc/self/status.
CapabilityMask bounding_capabilities();
CapabilityMask effective_capabilities();
int last_capability();  // the highest number that this kernel knows

// Default, then --cap-drop and --cap-add as docker: ALL first, then single names; "ALL" means `bounding`.
// Throws invalid: `invalid CapAdd: unknown capability: "CAP_FOO"`; permission for one added by name that is not
// in `bounding`. What `start` has beyond `bounding` is left out without a word.
CapabilityMask adjust_capabilities(CapabilityMask start, CapabilityMask bounding, const std::vector<std::string>& add,
                                   const std::vector<std::string>& drop);

}  // namespace minidock::linux
