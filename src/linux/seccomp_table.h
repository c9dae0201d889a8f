// The default filter's facts: which system calls a container may make, grouped by what they are for.
// Internal to src/linux. Source of the facts: the profile that moby publishes (moby/profiles, seccomp/default.json,
// 2026), and where it is stricter podman's (containers/common, pkg/seccomp). A change here needs a new
// kSeccompProfileVersion, or stale cache files stay in use; a unit test pins the two together.
#pragma once

#include <linux/capability.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "oci/spec.h"

namespace minidock::linux {

constexpr int kSeccompProfileVersion = 1;

// Calls in one string, separated by spaces. A name that an architecture does not have is skipped there, so the
// 32-bit forms ("chown32", "mmap2") stand beside the others.
struct CallGroup {
  std::string_view why;
  std::string_view calls;
};

struct ConditionalGroup {
  int capability;
  CallGroup group;
};

std::span<const CallGroup> seccomp_file_calls();
std::span<const CallGroup> seccomp_process_calls();
std::span<const ConditionalGroup> seccomp_capability_calls();

// Answered with ENOSYS rather than EPERM: programs know the answer from older kernels and do without.
CallGroup seccomp_absent_calls();

// The program of a bundle's profile from the cache, else by `compile` and kept there.
std::string cached_bundle_filter(const oci::Seccomp& profile, const std::string& cache_directory,
                                 std::string (*compile)(const oci::Seccomp&));

// The number of a call that libseccomp 2.5.4 has no name for, as `architecture` (an SCMP_ARCH_ value) numbers it.
std::optional<int> recent_call_number(std::string_view name, unsigned architecture);

}  // namespace minidock::linux
