// The command: finding it along PATH, the reaper of --init, execve and what its failure means.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "linux/syscalls.h"
#include "runtime/init/paths.h"
#include "runtime/init/steps.h"

namespace minidock::runtime::init {

const char* find_variable(const RecordView& environment, const char* name) {
  const size_t size = strlen(name);
  for (uint32_t i = 0; i < environment.text_count(); ++i) {
    const char* text = environment.text(i);
    if (strncmp(text, name, size) == 0 && text[size] == '=') return text + size + 1;
  }
  return nullptr;
}

namespace {
constexpr int kNotExecutable = 126;
constexpr int kNotFound = 127;

// 0 when `path` can be executed by this user, else the errno that execve would give.
int check_executable(const char* path) {
  struct stat info;
  if (stat(path, &info) != 0) return errno;
  if (S_ISDIR(info.st_mode)) return EISDIR;
  return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

int refuse(Context& context, const char* name, const char* why, int exit_code, int error_number) {
  context.detail.clear();
  context.detail << "exec: \"" << name << "\": " << why;
  context.exit_code = exit_code;
  return error_number;
}

// The file was there and could be executed; execve itself says no. Callers know the two apart by the quotes.
int refuse_execution(Context& context, const char* why, int exit_code, int error_number) {
  context.detail.clear();
  context.detail << "exec " << context.command.c_str() << ": " << why;
  context.exit_code = exit_code;
  return error_number;
}

int refuse_errno(Context& context, const char* name, int failure) {
  switch (failure) {
    case ENOENT:
    case ENOTDIR: {
      FixedText<300> why;
      why << "stat " << name << ": no such file or directory";
      return refuse(context, name, why.c_str(), kNotFound, failure);
    }
    case EISDIR:
      return refuse(context, name, "is a directory: permission denied", kNotExecutable, failure);
    case EACCES:
    case EPERM:
      return refuse(context, name, "permission denied", kNotExecutable, failure);
    case ENOEXEC:
      return refuse_execution(context, "exec format error: neither a program for this machine nor a script with #!",
                              kNotExecutable, failure);
    case E2BIG:
      return refuse_execution(context, "argument list too long", kNotExecutable, failure);
    default:
      return refuse(context, name, strerrordesc_np(failure), kNotExecutable, failure);
  }
}

// execve said ENOENT though the file is there: it names an interpreter that is not.
int refuse_interpreter(Context& context) {
  char head[256] = {};
  const Fd fd(open(context.command.c_str(), O_RDONLY | O_CLOEXEC));
  const ssize_t got = fd ? read(fd.get(), head, sizeof head - 1) : -1;
  if (got > 2 && head[0] == '#' && head[1] == '!') {
    head[strcspn(head, "\n")] = 0;
    FixedText<400> why;
    const char* carriage = strchr(head, '\r');
    why << "no such file or directory: its interpreter is missing in the image: "
        << (carriage != nullptr ? "the first line ends with a carriage return; save it with Unix line ends" : head + 2);
    return refuse_execution(context, why.c_str(), kNotFound, ENOENT);
  }
  return refuse_execution(
      context, "no such file or directory: its program interpreter (the dynamic loader) is missing in the image",
      kNotFound, ENOENT);
}
}  // namespace

int find_command_step(Context& context) {
  const char* name = context.arguments.text(0);
  context.command.clear();
  if (*name == 0) return refuse(context, name, "executable file not found in $PATH", kNotFound, ENOENT);
  if (strchr(name, '/') != nullptr) {
    context.command << name;
    const int failure = check_executable(name);
    return failure == 0 ? 0 : refuse_errno(context, name, failure);
  }
  const char* path = find_variable(context.environment, "PATH");
  if (path == nullptr) path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  int best = ENOENT;
  for (;;) {
    const size_t length = strcspn(path, ":");
    char directory[4096];
    if (length < sizeof directory) {
      memcpy(directory, path, length);
      directory[length] = 0;
      context.command.clear();
      context.command << (length == 0 ? "." : directory) << "/" << name;
      const int failure = check_executable(context.command.c_str());
      if (failure == 0) return 0;
      if (failure == EACCES || failure == EPERM) best = EACCES;
    }
    if (path[length] == 0) break;
    path += length + 1;
  }
  if (best == EACCES) return refuse_errno(context, name, EACCES);
  return refuse(context, name, "executable file not found in $PATH", kNotFound, ENOENT);
}

namespace {
// What the monitor's end means from now on. kernel: a change of user or capabilities clears this setting, hence once
// more at the very end.
void settle_parent_death(const Context& context) {
  if (context.parent_death == ParentDeath::ends_command) prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (context.parent_death == ParentDeath::ends_start) prctl(PR_SET_PDEATHSIG, 0);
}

// PID 1 of --init: forwards every signal to the command, reaps whatever becomes its child, ends as the command did.
[[noreturn]] void reap_forever(const Context& context, pid_t command) {
  linux::close_range(0, ~0U, 0);
  settle_parent_death(context);
  sigset_t all;
  sigfillset(&all);
  int code = 0;
  for (;;) {
    siginfo_t info;
    const int signal = sigwaitinfo(&all, &info);
    if (signal > 0 && signal != SIGCHLD) kill(command, signal);
    int status = 0;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
      if (pid == command) code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      if (pid == command) _exit(code);
    }
  }
}
}  // namespace

int reaper_step(Context& context) {
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &before);
  const pid_t child = fork();
  if (child < 0) return errno;
  if (child > 0) {
    prctl(PR_SET_NAME, "minidock-init");
    close(context.monitor_socket);
    reap_forever(context, child);
  }
  // The command leads its own process group, in the foreground of the terminal if there is one; SIGTTOU is
  // still blocked, so taking it over does not stop us.
  setpgid(0, 0);
  if (isatty(STDIN_FILENO) != 0) tcsetpgrp(STDIN_FILENO, getpid());
  sigprocmask(SIG_SETMASK, &before, nullptr);
  return 0;
}

uint32_t command_environment(const Context& context, HomeVariable& home, const char** out) {
  const RecordView& environment = context.environment;
  const char* const given_home = find_variable(environment, "HOME");
  const bool need_home = given_home == nullptr || *given_home == 0;
  uint32_t count = 0;
  for (uint32_t i = 0; i < environment.text_count(); ++i) {
    const char* text = environment.text(i);
    if (!need_home || strncmp(text, "HOME=", 5) != 0) out[count++] = text;
  }
  home << "HOME=" << context.identity.home.c_str();
  if (need_home) out[count++] = home.c_str();
  return count;
}

int execute_command(Context& context) {
  const RecordView& arguments = context.arguments;
  const RecordView& environment = context.environment;
  const size_t pointers = arguments.text_count() + environment.text_count() + 3;
  void* memory = mmap(nullptr, pointers * sizeof(char*), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return errno;
  char** argv = static_cast<char**>(memory);
  char** envp = argv + arguments.text_count() + 1;
  for (uint32_t i = 0; i < arguments.text_count(); ++i) argv[i] = const_cast<char*>(arguments.text(i));
  HomeVariable home;
  command_environment(context, home, const_cast<const char**>(envp));
  linux::close_range(static_cast<unsigned>(3 + context.preserved), ~0U, CLOSE_RANGE_CLOEXEC);
  settle_parent_death(context);
  execve(context.command.c_str(), argv, envp);
  const int failure = errno;
  if (failure == ENOENT && check_executable(context.command.c_str()) == 0) return refuse_interpreter(context);
  return refuse_errno(context, context.arguments.text(0), failure);
}

}  // namespace minidock::runtime::init
