#include "runtime/lifecycle/bundle_source.h"

#include <limits.h>

#include "base/error.h"
#include "base/file.h"
#include "runtime/mount_options.h"

namespace minidock::runtime {

namespace {

constexpr size_t kConfigLimit = 4 << 20;

Fd open_bundle(const std::string& path) {
  try {
    return open_dir(AT_FDCWD, path.empty() ? "." : path);
  } catch (const Error& error) {
    throw error.with_context("open bundle");
  }
}

std::string read_config(int bundle) {
  auto text = find_file_text(bundle, "config.json", kConfigLimit);
  if (!text) throw_error(ErrorKind::not_found, "the bundle has no config.json: no such file or directory");
  return std::move(*text);
}

std::string resolve_root(int bundle, const std::string& root) {
  if (root.empty()) throw_error(ErrorKind::invalid, "config.json: root.path: is empty");
  const Fd directory(openat(bundle, root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) throw_errno("open the container's root ", printable(root));
  return path_of(directory.get());
}

// This process's cgroup: the unified one, or that of the first hierarchy; a service manager keeps them the same.
std::string own_cgroup(const linux::CgroupLayout& layout) {
  if (const linux::CgroupHierarchy* memory = layout.find("memory")) return memory->self;
  if (const linux::CgroupHierarchy* unified = layout.unified()) return unified->self;
  return layout.hierarchies.empty() ? "/" : layout.hierarchies.front().self;
}

}  // namespace

std::string path_of(int fd) {
  char buffer[PATH_MAX];
  const std::string link = cat("/proc/self/fd/", fd);
  const ssize_t length = readlink(link.c_str(), buffer, sizeof buffer);
  if (length < 0) throw_errno("read ", link);
  return {buffer, static_cast<size_t>(length)};
}

namespace {
// spec: config.md "Mounts": the source of a bind may be relative to the bundle.
void resolve_sources(oci::Spec& spec, const std::string& directory) {
  for (oci::Mount& mount : spec.mounts) {
    const bool bind = mount.type == "bind" || parse_mount_options(mount.options).bind;
    if (bind && !mount.source.empty() && mount.source[0] != '/') mount.source = cat(directory, "/", mount.source);
  }
}
}  // namespace

BundleSource load_bundle(const std::string& path) {
  BundleSource source;
  source.fd = open_bundle(path);
  source.directory = path_of(source.fd.get());
  source.config = read_config(source.fd.get());
  source.spec = oci::parse_spec(source.config);
  source.spec.root_path = resolve_root(source.fd.get(), source.spec.root_path);
  resolve_sources(source.spec, source.directory);
  return source;
}

std::string resolve_cgroups_path(const std::string& cgroups_path, const std::string& id,
                                 const linux::CgroupLayout& layout) {
  const std::string asked = cgroups_path.empty()            ? cat("/", id)
                            : cgroups_path.starts_with('/') ? cgroups_path
                                                            : cat(own_cgroup(layout), "/", cgroups_path);
  std::vector<std::string> parts;
  for (std::string& part : split(asked, '/')) {
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(std::move(part));
    }
  }
  if (parts.empty()) throw_error(ErrorKind::invalid, "config.json: linux.cgroupsPath: names the top of the hierarchy");
  return cat("/", join(parts, "/"));
}

}  // namespace minidock::runtime
