// What the OCI runtime remembers of a container from one command to the next: state.json of its directory.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "runtime/lifecycle/process_identity.h"
#include "runtime/lifecycle/shared_mounts.h"

namespace minidock::runtime {

struct CgroupPlacement {
  std::string path;  // below each hierarchy's mount point; "" for none
  std::string unit;  // systemd's scope, where systemd made it; else ""
};

struct Record {
  std::string id;
  std::string oci_version;         // of its config.json
  std::string bundle, rootfs;      // absolute
  std::string created;             // RFC 3339
  uint32_t owner = 0;              // uid of who created it
  ProcessIdentity init;            // pid 0 until it is cloned
  bool complete = false;           // create has done all of its part: the container is no longer being created
  bool own_pid_namespace = false;  // all of it ends with its init
  bool rereads_config = false;     // it has hooks or a seccomp agent that later commands must know
  bool new_keyring = true;         // of exec too
  unsigned seccomp_flags = 0;      // for the filter in the file "seccomp"
  CgroupPlacement cgroup;
  RootBefore before;  // without a mount namespace of its own
  std::map<std::string, std::string> annotations;
};

// Throws corrupt, naming the field.
Record parse_record(std::string_view json);
std::string to_json(const Record& record);

}  // namespace minidock::runtime
