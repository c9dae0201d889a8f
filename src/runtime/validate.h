// What a bundle must satisfy before it is planned: runtime-spec config.md, and what security asks beyond it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/plan.h"

namespace minidock::runtime {

// Throws invalid (naming the field) or unsupported (naming what is missing here).
void validate(const Bundle& bundle, const linux::HostFacts& facts);

// Of a process alone, as exec adds it.
void validate_process(const oci::Process& process, const linux::HostFacts& facts);

// The clone and unshare flag of a namespace type: "pid" -> CLONE_NEWPID; throws invalid for an unknown one.
uint64_t namespace_flag(const std::string& type);
std::vector<std::string> namespace_types();  // all of them, sorted
// The entry of that type, nullptr where the container shares the host's.
const oci::Namespace* find_namespace(const oci::Spec& spec, std::string_view type);

}  // namespace minidock::runtime
