#include "cli/options/container_options.h"

namespace minidock::cli {
namespace {

struct Later {
  const char* names;
  bool takes_value;
  const char* why;
};

constexpr const char* kNetwork = "containers have no network of their own yet; --network host uses the host's";
constexpr const char* kDisk = "disk I/O limits are not built yet";

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
    {"--blkio-weight-device", true, kDisk},
    {"--device-read-bps", true, kDisk},
    {"--device-write-bps", true, kDisk},
    {"--device-read-iops", true, kDisk},
    {"--device-write-iops", true, kDisk},
    {"--storage-opt", true, "disk quotas are not built yet"},
    {"--volume-driver", true, "only local volumes are built"},
    {"--device-cgroup-rule", true, "name the devices themselves with --device"},
    {"--gpus", true, "name the devices themselves with --device"},
    {"--cgroup-parent", true, "containers always live below the cgroup minidock"},
    {"--userns", true, "containers share the host's user namespace"},
    {"--runtime", true, "minidock is its own runtime"},
    {"--annotation", true, "use -l for labels"},
    {"--cpu-rt-period", true, "real-time scheduling is not built yet"},
    {"--cpu-rt-runtime", true, "real-time scheduling is not built yet"},
    {"--use-api-socket", false, "there is no API socket yet"},
};

}  // namespace

void refuse_later_options(Options& options) {
  for (const Later& later : kLater) options.refuse(later.names, later.takes_value, later.why);
}

}  // namespace minidock::cli
