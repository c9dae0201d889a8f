// The spec's names for seccomp's numbers. Internal to src/linux. All throw invalid, naming the unknown word.
#pragma once

#include <seccomp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace minidock::linux {

// libseccomp's action, with the number that ERRNO and TRACE carry.
uint32_t seccomp_action(const std::string& name, const std::optional<uint32_t>& errno_ret);
scmp_compare seccomp_operator(const std::string& name);
// libseccomp's token, "SCMP_ARCH_X86".
uint32_t seccomp_architecture(const std::string& name);
// seccomp(2)'s bits. TSYNC is taken and is 0: the process that loads the filter has one thread.
unsigned seccomp_flags(const std::vector<std::string>& names);

}  // namespace minidock::linux
