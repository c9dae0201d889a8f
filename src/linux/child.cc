#include "linux/child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "linux/descriptor_message.h"
#include "linux/syscalls.h"

namespace minidock::linux {

namespace {

// What goes over the socket beside the descriptor.
struct Answer {
  int32_t failed = 0;
  int32_t kind = 0;
  int32_t error_number = 0;
  char message[1024] = {};
};

void send_answer(int socket, const Answer& answer, int fd) {
  if (send_message(socket, &answer, sizeof answer, fd) < 0) throw_errno("answer the parent");
}

}  // namespace

void die_with_parent(pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) throw_errno("watch the parent");
  // race: the parent may have gone before the call.
  if (getppid() != parent) _exit(1);
}

Child Child::start(const std::function<void(int socket)>& body, Fd& socket) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) throw_errno("create socket pair");
  socket = Fd(ends[0]);
  const Fd theirs(ends[1]);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw_errno("start a child");
  if (pid > 0) return Child(pid);
  int status = 0;
  try {
    die_with_parent(parent);
    body(theirs.get());
  } catch (const std::exception& error) {
    status = 1;
    try {
      send_error(theirs.get(), error);
    } catch (const Error&) {
      // The parent has gone, or sees that we have.
    }
  }
  _exit(status);
}

Child::~Child() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void close_all_but(int one, int other) {
  const int low = std::min(one, other), high = std::max(one, other);
  unsigned first = STDERR_FILENO + 1;
  for (const int kept : {low, high}) {
    if (kept < static_cast<int>(first)) continue;
    const auto number = static_cast<unsigned>(kept);
    if (number > first) close_range(first, number - 1, 0);
    first = number + 1;
  }
  close_range(first, ~0U, 0);
}

void start_detached(const std::string& program, const std::vector<std::string>& words) {
  std::vector<std::string> copies = words;
  std::vector<char*> arguments;
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  pid_t child = 0;
  const int failure = posix_spawn(&child, program.c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failure != 0) throw_errno_message(failure, cat("execute ", words.at(0)));
}

void send_fd(int socket, int fd) {
  send_answer(socket, {}, fd);
}

void send_error(int socket, const std::exception& error) {
  Answer answer;
  answer.failed = 1;
  const auto* known = dynamic_cast<const Error*>(&error);
  answer.kind = static_cast<int32_t>(known == nullptr ? ErrorKind::internal : known->kind());
  answer.error_number = known == nullptr ? 0 : known->error_number();
  const std::string_view text = std::string_view(error.what()).substr(0, sizeof answer.message - 1);
  std::memcpy(answer.message, text.data(), text.size());
  send_answer(socket, answer, -1);
}

Fd receive_fd(int socket) {
  Answer answer;
  int received = -1;
  const ssize_t size = receive_message(socket, &answer, sizeof answer, &received);
  if (size < 0) throw_errno("hear the child");
  Fd fd(received);
  if (size != sizeof answer) throw_error(ErrorKind::internal, "a child of ours ended without an answer");
  if (answer.failed != 0) {
    answer.message[sizeof answer.message - 1] = 0;
    throw Error(static_cast<ErrorKind>(answer.kind), answer.message, answer.error_number);
  }
  return fd;
}

Fd fd_from_child(const std::function<Fd()>& make) {
  Fd socket;
  const Child child = Child::start(
      [&make](int theirs) {
        const Fd made = make();
        send_fd(theirs, made.get());
      },
      socket);
  return receive_fd(socket.get());
}

}  // namespace minidock::linux
