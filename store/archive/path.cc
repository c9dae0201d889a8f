#include "store/archive/path.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace minidock::store {

namespace {
// Calls `visit` for each part between slashes, empty ones too.
template <typename Visit>
void each_part(std::string_view path, Visit visit) {
  while (true) {
    const size_t slash = path.find('/');
    visit(path.substr(0, slash));
    if (slash == std::string_view::npos) return;
    path.remove_prefix(slash + 1);
  }
}
}  // namespace

std::optional<std::string> clean_path(std::string_view name) {
  std::string clean;
  bool outside = false;
  each_part(name, [&](std::string_view part) {
    if (part.empty() || part == ".") return;
    if (part == "..") {
      outside = outside || clean.empty();
      clean.resize(parent_of(clean).size());
      return;
    }
    if (!clean.empty()) clean += '/';
    clean += part;
  });
  if (outside) return std::nullopt;
  return clean;
}

void check_path_limits(std::string_view path, const UnpackLimits& limits) {
  if (path.size() > limits.path_bytes) {
    throw_error(ErrorKind::exhausted, "its path has ", path.size(), " bytes, the limit is ", limits.path_bytes);
  }
  uint64_t depth = 0;
  size_t longest = 0;
  each_part(path, [&](std::string_view part) {
    ++depth;
    longest = std::max(longest, part.size());
  });
  if (longest > limits.component_bytes) {
    throw_error(ErrorKind::exhausted, "a part of its path has ", longest, " bytes, the limit is ",
                limits.component_bytes);
  }
  if (depth > limits.depth) {
    throw_error(ErrorKind::exhausted, "it lies ", depth, " directories deep, the limit is ", limits.depth);
  }
}

std::string_view parent_of(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view leaf_of(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string shown(std::string_view name) {
  constexpr size_t kEnd = 60;  // bytes kept at each end
  if (name.size() <= 2 * kEnd + 3) return printable(name);
  return cat(printable(name.substr(0, kEnd)), "...", printable(name.substr(name.size() - kEnd)));
}

}  // namespace minidock::store
