// What a container may do with devices, as docker's flags spell it. All throw invalid with docker's text.
#pragma once

#include <string>

namespace minidock::cli {

// "PATH:NUMBER[kb|mb|gb]" -> "PATH:BYTES", of --device-read-bps and --device-write-bps.
std::string parse_device_bytes(const std::string& text);
// "PATH:NUMBER", of --device-read-iops and --device-write-iops.
std::string parse_device_operations(const std::string& text);
// "PATH:WEIGHT", of --blkio-weight-device: 0, or 10 to 1000.
std::string parse_device_weight(const std::string& text);
// "a|b|c MAJOR|*:MINOR|* [rwm]", of --device-cgroup-rule.
void check_device_rule(const std::string& text);

}  // namespace minidock::cli
