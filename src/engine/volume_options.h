// What `volume create -o` says: a file system, or a directory of the host, that the volume is. Docker's local driver:
// type, device, o. Pure.
// Source: moby volume/local/local_unix.go.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace minidock::engine {

using VolumeOptions = std::map<std::string, std::string>;

// Throws invalid, in docker's words, with the volume's name before them.
void check_volume_options(const std::string& volume, const VolumeOptions& options);

// As the store keeps them; "" for none.
std::string to_json(const VolumeOptions& options);
VolumeOptions parse_volume_options(const std::string& json);  // throws corrupt

}  // namespace minidock::engine
