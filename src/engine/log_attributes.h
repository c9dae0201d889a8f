// What --log-opt adds to each line of a container's log: labels, labels-regex, env, env-regex and tag, as docker's
// drivers have it (docs.docker.com "Customize log driver output", "Journald logging driver").
#pragma once

#include <map>
#include <string>

#include "engine/container_config.h"
#include "store/store.h"

namespace minidock::engine {

using LogAttributes = std::map<std::string, std::string>;

// Docker's template of the tag, of which the plain fields are known: {{.ID}}, {{.FullID}}, {{.Name}}, {{.ImageName}},
// {{.ImageID}}, {{.ImageFullID}}, {{.Command}}, {{.Hostname}}, {{.DaemonName}}. Throws invalid for any other.
std::string log_tag(const std::string& pattern, const store::ContainerRow& row, const ContainerConfig& config);

// The labels and variables that were asked for, as they are called. Throws invalid for a wrong pattern, which is a
// POSIX extended one.
LogAttributes log_attributes(const ContainerConfig& config);
// A name as the journal takes it: upper case, digits and underscores, none of those first; docker's rule.
std::string journal_name(const std::string& name);

// What the monitor is handed for each line (monitor/helper/log.h): the driver's form of all that; "" for none.
std::string log_extra(const store::ContainerRow& row, const ContainerConfig& config);
// What `logs --details` puts before each line: NAME=VALUE, …, as docker prints it.
std::string log_details(const store::ContainerRow& row, const ContainerConfig& config);

}  // namespace minidock::engine
