// System call filters: docker's default profile, profile files, and compilation to classic BPF by libseccomp.
// Compiling takes milliseconds, so the bytes are cached by profile, architecture, capabilities and library version.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "linux/capabilities.h"
#include "oci/spec.h"

namespace minidock::linux {

// The default profile's rules for a process that may hold `capabilities`; written from the facts in moby's
// published profile, stricter where podman's is. Calls newer than our table answer ENOSYS, denied ones EPERM.
// Only capabilities that open calls matter: masks that differ in others give the same profile.
// security: an i386 program reaches every socket family by socketcall, whose arguments lie in memory where no
// filter sees them; docker's and podman's filters share this.
oci::Seccomp default_seccomp_profile(CapabilityMask capabilities);

// A docker profile file (defaultAction, archMap, syscalls with includes/excludes by caps, arches, minKernel)
// resolved for this machine and `capabilities`. Throws invalid naming the field.
oci::Seccomp parse_seccomp_profile(std::string_view json, CapabilityMask capabilities);

// What conditions of a profile file are about.
struct SeccompMachine {
  std::string architecture;    // Go's name: "amd64"
  std::string kernel_release;  // "6.18.0"
};
oci::Seccomp parse_seccomp_profile(std::string_view json, CapabilityMask capabilities, const SeccompMachine& machine);

// struct sock_filter[]: bytes for seccomp(SECCOMP_SET_MODE_FILTER). Throws invalid for an unknown action or operator,
// unsupported for SCMP_ACT_NOTIFY and for architectures of another byte order. Calls that no architecture has a
// name for are passed over, as docker does. Where the default is an error number, calls newer than every one that
// the profile names answer ENOSYS, so that a newer libc falls back instead of failing (runc does the same).
std::string compile_seccomp(const oci::Seccomp& profile);

// The same for a bundle's profile, which may also ask for an agent and for flags.
struct SeccompFilter {
  std::string program;  // struct sock_filter[]
  unsigned flags = 0;   // of seccomp(2): SECCOMP_FILTER_FLAG_…, with NEW_LISTENER where `notify`
  bool notify = false;  // the call returns a descriptor for the agent at the profile's listener_path
};
// Throws as compile_seccomp does, but SCMP_ACT_NOTIFY is taken; invalid for an unknown flag, for SCMP_ACT_NOTIFY as the
// default action or for write (the descriptor could never be handed over), and for it without a listener_path.
SeccompFilter compile_seccomp_filter(const oci::Seccomp& profile);
// The same through a cache as default_seccomp_filter's, of a bounded number of profiles; compiling takes milliseconds.
SeccompFilter compile_seccomp_filter(const oci::Seccomp& profile, const std::string& cache_directory);

// What a profile may say here, for `features`: "SCMP_ACT_ALLOW", "SCMP_CMP_EQ", "SCMP_ARCH_X86_64", …
struct SeccompWords {
  std::vector<std::string> actions, operators, architectures, flags;
};
SeccompWords seccomp_words();

// compile_seccomp(default_seccomp_profile(capabilities)) through a cache file below `cache_directory`
// (created as needed, written by rename, checked by length and checksum when read; any doubt means compile anew).
// security: `cache_directory` is root's alone: whoever can write there can write both filter and checksum.
std::string default_seccomp_filter(const std::string& cache_directory, CapabilityMask capabilities);

}  // namespace minidock::linux
