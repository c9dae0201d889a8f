// Reading a cgroup's files, for source files of src/linux. A cgroup may go at any time: what is missing is "" or 0.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "linux/cgroup.h"

namespace minidock::linux {

// kernel: v1 shows "no limit" as the largest number of bytes in whole pages.
constexpr uint64_t kUnlimitedBytes = uint64_t{1} << 62;

// The container's directory in a hierarchy. security: throws invalid for the top, which is every process's.
std::string cgroup_directory(const CgroupHierarchy& hierarchy, const std::string& path);
bool is_cgroup_there(const std::string& directory);

std::string read_cgroup_text(const std::string& directory, const std::string& file);
// Any other text than one number, as "max", is nullopt.
std::optional<uint64_t> find_cgroup_number(const std::string& directory, const std::string& file);
// Lines of "key number"; others are left out.
std::map<std::string, uint64_t> parse_keyed(std::string_view text);
std::map<std::string, uint64_t> read_cgroup_keyed(const std::string& directory, const std::string& file);

// The whole of `text` as a number up to UINT64_MAX.
std::optional<uint64_t> parse_unsigned(std::string_view text);

}  // namespace minidock::linux
