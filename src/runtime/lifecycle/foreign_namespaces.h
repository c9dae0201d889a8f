// The namespaces of a process that are not this process's own: what a further process of its container joins.
#pragma once

#include <vector>

#include "base/fd.h"
#include "oci/spec.h"
#include "runtime/lifecycle/process_identity.h"

namespace minidock::runtime {

// race: they are opened by its /proc directory, which never shows another process, and handed on as descriptors of
// ours: a number that was used again meanwhile cannot lead into a stranger's namespaces. So this object has to live
// until they are joined.
class ForeignNamespaces {
 public:
  // Throws in_use when the process has ended.
  explicit ForeignNamespaces(const LiveProcess& process);

  const std::vector<oci::Namespace>& list() const { return list_; }  // by paths of our /proc/PID/fd
  bool has_user() const { return has_user_; }

 private:
  std::vector<oci::Namespace> list_;
  std::vector<Fd> fds_;
  bool has_user_ = false;
};

}  // namespace minidock::runtime
