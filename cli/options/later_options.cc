#include "cli/options/container_options.h"

namespace minidock::cli {
namespace {

struct Later {
  const char* names;
  bool takes_value;
  const char* why;
};

constexpr const char* kNetwork = "containers have no network of their own yet; --network host uses the host's";

constexpr Later kLater[] = {
    {"-p,--publish", true, kNetwork},
    {"-P,--publish-all", false, kNetwork},
    {"--expose", true, kNetwork},
    {"--ip", true, kNetwork},
    {"--ip6", true, kNetwork},
    {"--mac-address", true, kNetwork},
    {"--link", true, kNetwork},
    {"--link-local-ip", true, kNetwork},
    {"--network-alias", true, kNetwork},
    {"--gpus", true, "name the devices themselves with --device"},
    {"--use-api-socket", false, "there is no API socket yet"},
};

}  // namespace

void refuse_later_options(Options& options) {
  for (const Later& later : kLater) options.refuse(later.names, later.takes_value, later.why);
}

}  // namespace minidock::cli
