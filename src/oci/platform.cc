#include "oci/platform.h"

#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "oci/image_config.h"

namespace minidock::oci {

namespace {
std::string common_architecture(const std::string& word) {
  if (word == "x86_64" || word == "x86-64") return "amd64";
  if (word == "aarch64") return "arm64";
  return word;
}

// What an architecture's word means without a variant.
std::string first_variant(const std::string& architecture) {
  if (architecture == "amd64") return "v1";
  if (architecture == "arm64") return "v8";
  return "";
}
}  // namespace

std::string Platform::text() const {
  return cat(os, "/", architecture, variant.empty() ? "" : "/", variant);
}

Platform host_platform() {
  return {"linux", host_architecture(), ""};
}

Platform parse_platform(std::string_view text) {
  const std::vector<std::string> parts = split(lower(text), '/');
  const auto is_word = [](const std::string& part) {
    return !part.empty() && part.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.-") == std::string::npos;
  };
  bool good = parts.size() <= 3;
  for (const std::string& part : parts) good = good && is_word(part);
  if (!good) {
    throw_error(ErrorKind::invalid, "error parsing specified platform: \"", printable(text),
                "\" is not os/arch or os/arch/variant");
  }
  Platform platform = host_platform();
  if (parts.size() == 1 && parts[0] == "linux") return platform;
  if (parts.size() > 1) platform.os = parts[0];
  platform.architecture = common_architecture(parts.size() == 1 ? parts[0] : parts[1]);
  if (parts.size() == 3) platform.variant = parts[2];
  return platform;
}

int match(const Platform& wanted, const Platform& offered) {
  if (wanted.os != offered.os || wanted.architecture != common_architecture(offered.architecture)) return 0;
  const std::string first = first_variant(wanted.architecture);
  const std::string have = offered.variant.empty() ? first : offered.variant;
  if (have == (wanted.variant.empty() ? first : wanted.variant)) return 3;
  if (wanted.variant.empty() && wanted.architecture == "arm") return have == "v7" ? 2 : 1;
  return 0;
}

}  // namespace minidock::oci
