#include "cli/descriptors.h"

#include <fcntl.h>
#include <unistd.h>

namespace minidock::cli {

void ensure_standard_descriptors() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) {
      // Without close-on-exec, as standard descriptors are. The lowest free number is this one.
      [[maybe_unused]] const int opened = open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
    }
  }
}

}  // namespace minidock::cli
