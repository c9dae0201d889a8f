// In a statically linked program, which cannot load a library, this stands for systemd_library.cc.
#include "base/error.h"
#include "linux/systemd_library.h"

namespace minidock::linux {

bool can_load_libraries() {
  return false;
}

const SystemdLibrary& systemd_library() {
  throw_error(ErrorKind::unsupported, "cannot talk to systemd: this program is linked statically");
}

}  // namespace minidock::linux
