// The config.json that `spec` writes for a bundle's author to begin with.
#pragma once

#include <cstdint>

#include "oci/spec.h"

namespace minidock::runtime {

// A shell on a terminal, as root with three capabilities, in namespaces of its own, on a root that cannot be written.
oci::Spec default_spec();

// What of it an unprivileged user can have: a user namespace in which `uid` and `gid` are root's, the host's network,
// no limits.
oci::Spec rootless_spec(uint32_t uid, uint32_t gid);

}  // namespace minidock::runtime
