#include "runtime/lifecycle/foreign_namespaces.h"

#include "base/error.h"
#include "base/file.h"
#include "runtime/lifecycle/namespace_files.h"

namespace minidock::runtime {

namespace {
bool is_ours(int fd, const char* file) {
  const auto ours = find_file(AT_FDCWD, cat("/proc/self/", file), O_RDONLY);
  return ours && is_same_file(fd, ours->get());
}
}  // namespace

ForeignNamespaces::ForeignNamespaces(const LiveProcess& process) {
  for (const NamespaceFile& name : kNamespaceFiles) {
    auto fd = find_file(process.proc(), name.file, O_RDONLY);
    if (!fd || is_ours(fd->get(), name.file)) continue;
    list_.push_back({name.type, cat("/proc/", getpid(), "/fd/", fd->get())});
    has_user_ = has_user_ || std::string_view(name.type) == "user";
    fds_.push_back(std::move(*fd));
  }
  if (process.ended()) throw_error(ErrorKind::in_use, "cannot exec in a stopped container");
}

}  // namespace minidock::runtime
