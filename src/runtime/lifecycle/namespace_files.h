// The kinds of namespaces that there are, by config.json's word and by the file in /proc/PID (namespaces(7)).
#pragma once

#include <array>

namespace minidock::runtime {

struct NamespaceFile {
  const char* type;
  const char* file;
};

constexpr std::array<NamespaceFile, 8> kNamespaceFiles = {{{"user", "ns/user"},
                                                           {"cgroup", "ns/cgroup"},
                                                           {"ipc", "ns/ipc"},
                                                           {"uts", "ns/uts"},
                                                           {"network", "ns/net"},
                                                           {"pid", "ns/pid"},
                                                           {"time", "ns/time"},
                                                           {"mount", "ns/mnt"}}};

}  // namespace minidock::runtime
