// The ports of a container as `ps` and `port` show them.
#pragma once

#include <string>
#include <vector>

#include "engine/engine.h"

namespace minidock::cli {

// "80/tcp": of the image, --expose and -p, sorted by number.
std::vector<std::string> exposed_ports(const engine::ContainerConfig& config);

// "0.0.0.0:8080", "[::]:8080".
std::string host_port_text(const engine::PortRecord& port);

// "0.0.0.0:8000-8002->8000-8002/tcp, 443/tcp": of one that is up; those exposed and not published last.
std::string ports_text(const engine::ContainerView& container);

}  // namespace minidock::cli
