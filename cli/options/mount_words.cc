#include "cli/options/mount_words.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/error.h"
#include "base/text.h"

namespace minidock::cli {

bool is_propagation(const std::string& word) {
  constexpr std::array kPropagations = {"shared", "slave", "private", "rshared", "rslave", "rprivate"};
  return std::find(kPropagations.begin(), kPropagations.end(), word) != kPropagations.end();
}

bool is_volume_name(const std::string& name) {
  return name.size() >= 2 && is_plain_name(name);
}

std::string absolute_source(const std::string& source) {
  if (source[0] == '/') return source;
  if (source[0] == '~' && (source.size() == 1 || source[1] == '/')) {
    const char* home = std::getenv("HOME");
    return cat(home ? home : "/root", source.substr(1));
  }
  char buffer[4096];
  if (!getcwd(buffer, sizeof buffer)) throw_errno("get the current directory");
  return source == "." ? std::string(buffer) : cat(std::string_view(buffer), "/", source);
}

}  // namespace minidock::cli
