// hosts, hostname and resolv.conf of a container: made in its directory and bound over /etc.
#pragma once

#include <string>
#include <string_view>

#include "engine/container_config.h"

namespace minidock::engine {

// Pure: what the files hold. `host_text` is the host's own /etc/hosts or /etc/resolv.conf.
// Throws invalid: `bad format for add-host: "foo"`.
std::string hosts_text(const ContainerConfig& config, std::string_view hostname, std::string_view host_text);
std::string resolver_text(const ContainerConfig& config, std::string_view host_text);

// Writes the three into `directory`; made anew at every start, as the host's resolver may have changed.
void write_identity_files(const ContainerConfig& config, std::string_view id, const std::string& directory);

}  // namespace minidock::engine
