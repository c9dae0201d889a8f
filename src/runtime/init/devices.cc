// The standard streams and the terminal.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>

#include "base/fd.h"
#include "linux/syscalls.h"
#include "runtime/init/channel.h"
#include "runtime/init/mount_api.h"
#include "runtime/init/paths.h"
#include "runtime/init/steps.h"

namespace minidock::runtime::init {

namespace {
int place_stream(int fd, int number) {
  if (fd == number) return fcntl(fd, F_SETFD, 0);
  return dup2(fd, number);
}

// So that the container's user may reopen /dev/stdout: pipes and terminals belong to it, devices do not.
void hand_over(int fd, const Identity& identity) {
  struct stat info;
  if (identity.uid == 0 || fstat(fd, &info) != 0) return;
  if (S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode)) (void)!fchown(fd, identity.uid, static_cast<gid_t>(-1));
}
}  // namespace

int streams_step(Context& context) {
  if (context.standard_input < 0) {
    context.standard_input = open_in_root(context, "/dev/null", O_RDWR, RESOLVE_NO_SYMLINKS);
    if (context.standard_input < 0) return errno;
  }
  const int streams[] = {context.standard_input, context.standard_output, context.standard_error};
  for (int number = 0; number < 3; ++number) {
    if (streams[number] < 0) continue;
    hand_over(streams[number], context.identity);
    if (place_stream(streams[number], number) < 0) return errno;
  }
  return 0;
}

namespace {
// security: the peer comes from the master by TIOCGPTPEER, so no name in the image decides which terminal it is.
int open_terminal(Context& context, Fd& master, Fd& peer) {
  if (context.devpts < 0) return ENXIO;
  master = Fd(openat(context.devpts, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!master) return errno;
  const int unlock = 0;
  if (ioctl(master.get(), TIOCSPTLCK, &unlock) != 0) return errno;
  peer = Fd(ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  return peer ? 0 : errno;
}
}  // namespace

int terminal_step(Context& context, const RecordView& step) {
  Fd master, peer;
  if (const int failure = open_terminal(context, master, peer); failure != 0) return failure;
  winsize size = {};
  size.ws_row = static_cast<uint16_t>(step.number(0));
  size.ws_col = static_cast<uint16_t>(step.number(1));
  if (size.ws_row != 0 && ioctl(master.get(), TIOCSWINSZ, &size) != 0) return errno;
  if (context.identity.uid != 0 && fchown(peer.get(), context.identity.uid, static_cast<gid_t>(-1)) != 0) return errno;
  const Fd console(
      openat(device_directory(context), "console", O_CREAT | O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600));
  if (!console || attach_clone(context, peer.get(), console.get()) != 0) return errno;
  if (ioctl(peer.get(), TIOCSCTTY, 0) != 0) return errno;
  for (int number = 0; number < 3; ++number) {
    if (dup2(peer.get(), number) < 0) return errno;
  }
  return send_descriptor(context.monitor_socket, ReportKind::terminal, master.get());
}

}  // namespace minidock::runtime::init
