#include "oci/path.h"

#include <vector>

#include "base/text.h"

namespace minidock::oci {

std::string clean_path(std::string_view base, std::string_view path) {
  std::vector<std::string> kept;
  const std::string whole = path.starts_with('/') ? std::string(path) : cat(base, "/", path);
  for (const std::string& part : split(whole, '/')) {
    if (part == ".." && !kept.empty()) kept.pop_back();
    if (!part.empty() && part != "." && part != "..") kept.push_back(part);
  }
  return cat("/", join(kept, "/"));
}

bool is_within(std::string_view path, std::string_view parent) {
  return parent == "/" || (path.starts_with(parent) && (path.size() == parent.size() || path[parent.size()] == '/'));
}

}  // namespace minidock::oci
