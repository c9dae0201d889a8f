#include "monitor/helper/guard.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux/pidfd_exit.h"
#include "monitor/helper/monitor.h"

namespace minidock::monitor {

void GuardLink::tell(GuardWord word, int fd) {
  if (link_ && runtime::init::send_letter(link_.get(), static_cast<char>(word), fd) != 0) link_.reset();
}

namespace {
// Descriptors are closed by number in the guard: the objects that own them lie in shared memory and are the monitor's.
void close_number(int fd) {
  if (fd >= 0) close(fd);
}

struct Heard {
  bool started = false, done = false;
  Fd process, terminal;
};

Heard hear_until_silence(int link, int input) {
  Heard heard;
  char letter = 0;
  int received = -1;
  while (runtime::init::receive_letter(link, &letter, &received) > 0) {
    Fd fd(received);
    switch (static_cast<GuardWord>(letter)) {
      case GuardWord::started:
        heard.started = true;
        heard.process = static_cast<Fd&&>(fd);
        break;
      case GuardWord::terminal:
        heard.terminal = static_cast<Fd&&>(fd);
        break;
      case GuardWord::input_closed:
        close_number(input);
        break;
      case GuardWord::done:
        heard.done = true;
        return heard;
    }
  }
  return heard;
}
}  // namespace

int Monitor::fork_monitor() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  Fd guards_end(ends[0]), monitors_end(ends[1]);
  // Read before there are two of us: afterwards they change under the other's hands.
  const int input = input_.get();
  const int childs[] = {child_input_.get(), child_output_.get(), child_error_.get()};
  const pid_t monitor = fork();
  if (monitor < 0) return errno;
  if (monitor == 0) {
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    link_.connect(static_cast<Fd&&>(monitors_end));
    return 0;
  }
  prctl(PR_SET_NAME, "minidock-guard", 0, 0, 0);
  monitors_end.reset();
  close(kSocketFd);  // or the client would wait for us when the monitor is gone
  for (const int fd : childs) close_number(fd);
  Heard heard = hear_until_silence(guards_end.get(), input);
  if (heard.done) _exit(0);
  waitpid(monitor, nullptr, 0);
  if (heard.started) _exit(take_over(static_cast<Fd&&>(heard.process), static_cast<Fd&&>(heard.terminal)));
  // The command never ran: the end of its parent has killed init, and the client sees that nobody speaks any more.
  while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
  resolver_.forget();
  relay_.forget();
  leave_networks();
  remove_cgroups();
  _exit(1);
}

// The members are as the monitor left them. Of the descriptors those count that were open before the fork, under the
// same numbers here; its clients are gone with it, and connect again.
int Monitor::take_over(Fd process, Fd terminal) {
  link_.forget();
  clients_.forget_all();
  log_.forget_file();
  pidfd_.release();
  init_socket_.release();
  terminal_.release();
  terminal_ = static_cast<Fd&&>(terminal);
  to_container_.size = to_container_.done = 0;
  pidfd_ = static_cast<Fd&&>(process);
  prober_.take_over();
  resolver_.forget();
  relay_.forget();
  // race: it was killed between waitpid and taking note of the answer. The pidfd still knows it.
  siginfo_t info = {};
  if (!exited_ && waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
    int status = 0xff00;  // not known: 255, never a made-up 0
    linux::read_exit_status(pidfd_.get(), &status);
    note_exit(status);
  }
  // Where they fail, the container has lost its resolver, or the way from ::1, and goes on.
  if (!exited_) resolver_.open(pid_);
  if (!exited_) relay_.open();
  return supervise();
}

}  // namespace minidock::monitor
