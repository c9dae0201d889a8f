// AppArmor: minidock's default profile, and its way into the kernel. Where the module is not active nothing here is
// needed; where it is, a profile that was asked for by name and cannot be had fails the start.
// Sources: apparmor.d(5), apparmor_parser(8); what container engines deny (moby/profiles, apparmor/template.go).
#pragma once

#include <string>
#include <string_view>

namespace minidock::linux {

constexpr std::string_view kDefaultApparmorProfile = "minidock-default";

// The module is active in this kernel: /sys/module/apparmor/parameters/enabled is Y.
bool apparmor_active();

// The default profile in the policy language. It includes no other file. `abi_3`: name the feature set of AppArmor
// 3.0, for which the host must have <abi/3.0>; without it a parser of version 4 or later would deny unix sockets.
std::string apparmor_profile_text(bool abi_3);

// Pure: `profiles` is /sys/kernel/security/apparmor/profiles, lines of "NAME (MODE)".
bool lists_apparmor_profile(std::string_view profiles, std::string_view name);

// Afterwards a process may change to `name`. "unconfined" needs nothing; the default profile is loaded by
// apparmor_parser if the kernel does not have it yet; others must have been loaded by the host.
// Throws unsupported where AppArmor is not active, securityfs is not mounted or the parser is missing, not_found
// for a profile that is not loaded, internal with the parser's own words when it refuses ours.
void ensure_apparmor_profile(const std::string& name);

}  // namespace minidock::linux
