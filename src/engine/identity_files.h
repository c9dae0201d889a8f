// hosts, hostname and resolv.conf of a container: made in its directory and bound over /etc.
#pragma once

#include <string>
#include <string_view>

#include "engine/container_config.h"
#include "engine/network_record.h"

namespace minidock::engine {

// Pure: what the files hold. `host_text` is the host's own /etc/hosts or /etc/resolv.conf.
// Throws invalid: `bad format for add-host: "foo"`.
// Of a container on networks, with its name by each of its addresses there.
std::string hosts_text(const ContainerConfig& config, std::string_view hostname, const NetworkRecord& network,
                       std::string_view host_text);
// The lines of hosts for its own name at one network.
std::string own_hosts_lines(const ContainerConfig& config, std::string_view hostname, const EndpointRecord& endpoint);
// `has_resolver`: 127.0.0.11 answers for the servers, see has_resolver() in engine/network_names.h.
std::string resolver_text(const ContainerConfig& config, std::string_view host_text, bool has_resolver);

// The addresses of a resolv.conf, as they are written there.
std::vector<std::string> name_servers(std::string_view host_text);
bool is_loopback(std::string_view address);

// Writes the three into `directory`; made anew at every start, as the host's resolver may have changed.
void write_identity_files(const ContainerConfig& config, std::string_view id, const NetworkRecord& network,
                          bool has_resolver, const std::string& directory);

}  // namespace minidock::engine
