// The owners that an idmapped mount shows, as podman writes them.
// Source: podman-run(1), --volume: idmap.
#pragma once

#include <string>
#include <vector>

#include "oci/spec.h"

namespace minidock::engine {

struct IdMaps {
  std::vector<oci::IdMapping> users, groups;  // container_id: as the files have it; host_id: as it is seen
};

// "uids=FROM-TO-COUNT[#FROM-TO-COUNT…];gids=…"; one that is not said is the other's. Throws invalid.
IdMaps parse_id_maps(const std::string& text);

}  // namespace minidock::engine
