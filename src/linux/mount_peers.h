// Whether what is mounted later on a mount, or taken away, shows elsewhere too. Source: mount_namespaces(7), proc(5).
#pragma once

#include <string>

namespace minidock::linux {

struct MountPeers {
  std::string mount_point;  // of the mount that a path is on
  bool shared = false;      // it has, or may get, peers
  bool slave = false;       // it gets what is mounted elsewhere
};

MountPeers mount_peers(const std::string& path);  // throws where there is nothing

}  // namespace minidock::linux
