#include "cli/options/security.h"

#include "base/error.h"
#include "base/file.h"

namespace minidock::cli {
namespace {

std::string read_profile(const std::string& path) {
  try {
    return read_file(AT_FDCWD, path, 4 << 20);
  } catch (const Error& error) {
    throw error.with_context(cat("opening seccomp profile (", printable(path), ") failed"));
  }
}

}  // namespace

std::string parse_security_option(const std::string& text) {
  // Docker still takes the older "key:value".
  const size_t separator = text.find('=') != std::string::npos ? text.find('=') : text.find(':');
  const std::string key = text.substr(0, separator);
  const std::string value = separator == std::string::npos ? "" : text.substr(separator + 1);
  const bool bare = separator == std::string::npos;
  if (key == "no-new-privileges" || key == "writable-cgroups") {
    if (!bare && value != "true" && value != "false")
      throw_error(ErrorKind::invalid, "invalid value for ", key, ": ", printable(value));
    return bare ? key : cat(key, "=", value);
  }
  if (key == "seccomp" && !value.empty()) {
    const bool named = value == "unconfined" || value == "builtin" || value[0] == '{';
    return cat("seccomp=", named ? value : read_profile(value));
  }
  if (key == "systempaths" && value == "unconfined") return "systempaths=unconfined";
  if ((key == "apparmor" || key == "label") && !value.empty()) return cat(key, "=", value);
  throw_error(ErrorKind::invalid, "Invalid --security-opt: \"", printable(text), "\"");
}

}  // namespace minidock::cli
