#include "runtime/lifecycle/foreign_namespaces.h"

#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "runtime/lifecycle/namespace_files.h"

namespace minidock::runtime {

namespace {
bool is_ours(int fd, const char* file) {
  struct stat theirs {
  }, ours{};
  if (fstat(fd, &theirs) != 0 || stat(cat("/proc/self/", file).c_str(), &ours) != 0) return false;
  return theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
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
