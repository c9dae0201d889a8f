// The standard streams and the terminal.
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
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
// The devpts that is mounted at /dev/pts; of a container that is joined, or whose /dev is a bind.
int find_devpts(Context& context) {
  if (context.devpts >= 0) return 0;
  Fd directory(open_in_root(context, "/dev/pts", O_RDONLY | O_DIRECTORY, RESOLVE_NO_SYMLINKS));
  struct statfs info;
  if (!directory || fstatfs(directory.get(), &info) != 0) return errno;
  // security: an image that has a plain directory there could offer any file as a terminal.
  if (info.f_type != DEVPTS_SUPER_MAGIC) {
    context.detail << "/dev/pts is not a devpts: the container has no terminals";
    return ENXIO;
  }
  context.devpts = directory.release();
  return 0;
}

int open_terminal(Context& context, Fd& master, Fd& peer) {
  if (const int failure = find_devpts(context); failure != 0) return failure;
  master = Fd(openat(context.devpts, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!master) return errno;
  const int unlock = 0;
  if (ioctl(master.get(), TIOCSPTLCK, &unlock) != 0) return errno;
  peer = Fd(ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  return peer ? 0 : errno;
}

int attach_console(Context& context, int peer) {
  const Fd console(
      openat(device_directory(context), "console", O_CREAT | O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600));
  return console && attach_clone(context, peer, console.get()) == 0 ? 0 : errno;
}

int end_lines_plainly(int peer) {
  termios settings;
  if (tcgetattr(peer, &settings) != 0) return errno;
  settings.c_oflag &= ~static_cast<tcflag_t>(ONLCR);
  return tcsetattr(peer, TCSANOW, &settings) == 0 ? 0 : errno;
}
}  // namespace

int terminal_step(Context& context, const RecordView& step) {
  Fd master, peer;
  if (const int failure = open_terminal(context, master, peer); failure != 0) return failure;
  winsize size = {};
  size.ws_row = static_cast<uint16_t>(step.number(0));
  size.ws_col = static_cast<uint16_t>(step.number(1));
  if (size.ws_row != 0 && ioctl(master.get(), TIOCSWINSZ, &size) != 0) return errno;
  if (step.number(3) != 0) {
    if (const int failure = end_lines_plainly(peer.get()); failure != 0) return failure;
  }
  if (context.identity.uid != 0 && fchown(peer.get(), context.identity.uid, static_cast<gid_t>(-1)) != 0) return errno;
  if (step.number(2) != 0) {
    if (const int failure = attach_console(context, peer.get()); failure != 0) return failure;
  }
  if (ioctl(peer.get(), TIOCSCTTY, 0) != 0) return errno;
  for (int number = 0; number < 3; ++number) {
    if (dup2(peer.get(), number) < 0) return errno;
  }
  return send_descriptor(context.monitor_socket, ReportKind::terminal, master.get());
}

}  // namespace minidock::runtime::init
