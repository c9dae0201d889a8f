// System call filters: docker's default profile, profile files, and compilation to classic BPF by libseccomp.
// Compiling takes milliseconds, so the bytes are cached by profile, architecture, capabilities and library version.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "linux/capabilities.h"
#include "oci/spec.h"

namespace minidock::linux {

// The default profile's rules for a process that may hold `capabilities`; written from the facts in moby's
// published profile, stricter where podman's is. Calls newer than our table answer ENOSYS, denied ones EPERM.
oci::Seccomp default_seccomp_profile(CapabilityMask capabilities);

// A docker profile file (defaultAction, archMap, syscalls with includes/excludes by caps, arches, minKernel)
// resolved for this machine and `capabilities`. Throws invalid naming the field.
oci::Seccomp parse_seccomp_profile(std::string_view json, CapabilityMask capabilities);

// struct sock_filter[]: bytes for seccomp(SECCOMP_SET_MODE_FILTER). Throws invalid for an unknown action or operator.
std::string compile_seccomp(const oci::Seccomp& profile);

// compile_seccomp(default_seccomp_profile(capabilities)) through a cache file below `cache_directory`
// (created as needed, written by rename, checked by length and SHA-256 when read; any doubt means compile anew).
std::string default_seccomp_filter(const std::string& cache_directory, CapabilityMask capabilities);

}  // namespace minidock::linux
