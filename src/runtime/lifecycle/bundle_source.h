// A bundle on disk (runtime-spec bundle.md): a directory with a config.json and, usually, the root.
#pragma once

#include <string>

#include "base/fd.h"
#include "linux/host.h"
#include "oci/spec.h"
#include "runtime/plan.h"

namespace minidock::runtime {

struct BundleSource {
  Fd fd;                  // the directory; its paths are taken relative to it once, and never looked up again
  std::string directory;  // absolute, links resolved
  std::string config;     // the text of config.json
  oci::Spec spec;         // root_path absolute
};

// `path` relative to the current directory, "" for it. Throws not_found without a config.json or a root, invalid for
// what parse_spec refuses.
BundleSource load_bundle(const std::string& path);

// The absolute path of what `fd` refers to.
std::string path_of(int fd);

// The cgroup that config.json means by `cgroups_path`: "" is /ID, a relative one is below this process's own.
// The result has no "." or ".." part. `layout` is the host's.
std::string resolve_cgroups_path(const std::string& cgroups_path, const std::string& id,
                                 const linux::CgroupLayout& layout);

}  // namespace minidock::runtime
