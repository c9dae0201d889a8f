#include "linux/cgroup_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace minidock::linux {

std::string cgroup_directory(const CgroupHierarchy& hierarchy, const std::string& path) {
  if (path.size() < 2 || path.front() != '/' || path.find("/../") != std::string::npos || path.ends_with("/.."))
    throw_error(ErrorKind::invalid, "invalid cgroup path \"", printable(path), "\": use /NAME or /NAME/NAME");
  return hierarchy.mount_point + path;
}

bool is_cgroup_there(const std::string& directory) {
  return ::access(directory.c_str(), F_OK) == 0;
}

std::string read_cgroup_text(const std::string& directory, const std::string& file) {
  try {
    return find_file_text(AT_FDCWD, cat(directory, "/", file)).value_or("");
  } catch (const Error& error) {
    // race: a cgroup may be removed between open and read. Some files refuse where their feature is off.
    if (error.error_number() == ENODEV || error.error_number() == ENOENT || error.error_number() == EOPNOTSUPP)
      return "";
    throw;
  }
}

std::optional<uint64_t> parse_unsigned(std::string_view text) {
  uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::optional<uint64_t> find_cgroup_number(const std::string& directory, const std::string& file) {
  return parse_unsigned(trim(read_cgroup_text(directory, file)));
}

std::map<std::string, uint64_t> parse_keyed(std::string_view text) {
  std::map<std::string, uint64_t> out;
  for (const std::string& line : split(text, '\n')) {
    const size_t space = line.find(' ');
    if (space == std::string::npos) continue;
    if (const auto number = parse_unsigned(trim(std::string_view(line).substr(space))))
      out[line.substr(0, space)] = *number;
  }
  return out;
}

std::map<std::string, uint64_t> read_cgroup_keyed(const std::string& directory, const std::string& file) {
  return parse_keyed(read_cgroup_text(directory, file));
}

}  // namespace minidock::linux
