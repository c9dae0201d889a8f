// The user and group maps of a new user namespace (user_namespaces(7)), written from outside by `create`.
#pragma once

#include <string>
#include <vector>

#include "oci/spec.h"
#include "runtime/lifecycle/process_identity.h"

namespace minidock::runtime {

// "0 100000 65536\n" a line, as /proc/PID/uid_map takes it.
std::string id_map_text(const std::vector<oci::IdMapping>& mappings);

// `process` waits at SyncPoint::cloned in the namespace. A caller without privilege writes a map of its own id alone
// itself, for more it needs newuidmap(1) and newgidmap(1) of the host. Throws what the kernel or they report.
void write_id_maps(const LiveProcess& process, const std::vector<oci::IdMapping>& uids,
                   const std::vector<oci::IdMapping>& gids);

}  // namespace minidock::runtime
