// What a container uses, in the shape of runc's `events --stats`, which its callers parse.
#pragma once

#include <string>

#include "linux/cgroup_stats.h"

namespace minidock::runtime {

// One line without a newline: {"type":"stats","id":"web","data":{…}}
std::string stats_event(const std::string& id, const linux::CgroupStats& stats);

}  // namespace minidock::runtime
