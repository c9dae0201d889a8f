#include "oci/image_config.h"

#include <sys/utsname.h>

namespace minidock::oci {

std::string host_architecture() {
  struct Name {
    std::string_view machine, go;
  };
  constexpr Name kNames[] = {{"x86_64", "amd64"},       {"aarch64", "arm64"}, {"armv7l", "arm"},
                             {"armv6l", "arm"},         {"i686", "386"},      {"i386", "386"},
                             {"ppc64le", "ppc64le"},    {"s390x", "s390x"},   {"riscv64", "riscv64"},
                             {"loongarch64", "loong64"}};
  struct utsname host;
  if (::uname(&host) != 0) return "amd64";  // kernel: fails for a bad pointer only
  for (const Name& name : kNames) {
    if (name.machine == host.machine) return std::string(name.go);
  }
  return host.machine;
}

}  // namespace minidock::oci
