#include "cli/options/container_options.h"

namespace minidock::cli {
namespace {

struct Later {
  const char* names;
  bool takes_value;
  const char* why;
};

constexpr Later kLater[] = {
    {"--link", true, "put both on a network of your own: names are found there"},
    {"--gpus", true, "name the devices themselves with --device"},
    {"--use-api-socket", false, "there is no API socket yet"},
};

}  // namespace

void refuse_later_options(Options& options) {
  for (const Later& later : kLater) options.refuse(later.names, later.takes_value, later.why);
}

}  // namespace minidock::cli
