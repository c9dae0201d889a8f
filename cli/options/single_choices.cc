#include "cli/options/single_choices.h"

#include "base/error.h"
#include "base/text.h"

namespace minidock::cli {

void check_runtime(const std::string& text) {
  if (text.empty() || text == "minidock" || text == "runc" || text == "io.containerd.runc.v2") return;
  throw_error(ErrorKind::unsupported, "unknown or invalid runtime name: ", printable(text),
              ": minidock is its own runtime");
}

void check_volume_driver(const std::string& text) {
  if (text.empty() || text == "local") return;
  throw_error(ErrorKind::unsupported, "error looking up volume plugin ", printable(text), ": plugin \"",
              printable(text), "\" not found");
}

void check_storage_option(const std::string& text) {
  if (text.find('=') == std::string::npos) throw_error(ErrorKind::invalid, "invalid storage option");
  throw_error(ErrorKind::unsupported, "--storage-opt ", printable(text),
              " is not supported: the store keeps no project quotas; limit a volume of its own instead");
}

void check_user_namespace(const std::string& text) {
  if (text.empty() || text == "host") return;
  throw_error(text == "private" ? ErrorKind::unsupported : ErrorKind::invalid, "invalid USER mode: ", printable(text),
              ": containers share the host's user namespace");
}

void add_annotation(std::map<std::string, std::string>& annotations, const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) {
    throw_error(ErrorKind::invalid, "invalid annotation: ", printable(text), ": write KEY=VALUE");
  }
  annotations[text.substr(0, equals)] = text.substr(equals + 1);
}

}  // namespace minidock::cli
