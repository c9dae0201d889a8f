#include "linux/apparmor.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/text.h"

namespace minidock::linux {
namespace {

constexpr char kProfiles[] = "/sys/kernel/security/apparmor/profiles";
constexpr char kAbi[] = "/etc/apparmor.d/abi/3.0";
constexpr const char* kParsers[] = {"/sbin/apparmor_parser", "/usr/sbin/apparmor_parser"};

// Allowed are: all that the other confinement (namespaces, capabilities, seccomp, device cgroup) leaves. Denied is
// what reaches the whole machine by a path. Patterns spell a name letter by letter because the language has
// no "all but": [^k]* is what does not begin with k, and so on.
constexpr char kRules[] = R"(
  capability,
  file,
  umount,
  network,
  # The kernel's cryptography sockets: no use in a container and a history of holes.
  deny network alg,

  # The engine's processes end the container's; the container's may signal each other.
  signal receive peer=unconfined,
  signal (send, receive) peer=minidock-default,
  ptrace (trace, read, tracedby, readby) peer=minidock-default,

  # No mounts of its own, so that none of the paths below can be had under another name.
  deny mount,

  # /proc: a container writes to its processes' own directories and to the shared memory limits of its ipc namespace.
  deny /proc/* wl,
  deny /proc/[^0-9s]*/** wl,
  deny /proc/s[^y]*/** wl,
  deny /proc/sy[^s]*/** wl,
  deny /proc/sys[^/]*/** wl,
  deny /proc/sys/[^k]** wl,
  deny /proc/sys/kernel/[^s]** wl,
  deny /proc/sys/kernel/s[^h]** wl,
  deny /proc/sys/kernel/sh[^m]** wl,
  deny /proc/kcore rwklx,
  deny /proc/sysrq-trigger rwklx,

  # /sys: only its cgroups may be writable.
  deny /sys/[^f]*/** wklx,
  deny /sys/f[^s]*/** wklx,
  deny /sys/fs/[^c]*/** wklx,
  deny /sys/fs/c[^g]*/** wklx,
  deny /sys/fs/cg[^r]*/** wklx,
  deny /sys/firmware/** rwklx,
  deny /sys/kernel/security/** rwklx,
  # Power meters tell what other containers compute.
  deny /sys/devices/virtual/powercap/** rwklx,
)";

const char* find_parser() {
  for (const char* path : kParsers)
    if (::access(path, X_OK) == 0) return path;
  return nullptr;
}

// In memory, as a file of its own: standard input of one program, output of another.
Fd memory_file(std::string_view content) {
  Fd file(::memfd_create("apparmor", MFD_CLOEXEC));
  if (!file) throw_errno("load AppArmor profile: memfd_create");
  write_all(file.get(), content);
  if (::lseek(file.get(), 0, SEEK_SET) != 0) throw_errno("load AppArmor profile: lseek");
  return file;
}

// Runs the parser with `text` as its input; its messages, where it fails.
std::string run_parser(const char* parser, const std::string& text) {
  const Fd input = memory_file(text), output = memory_file("");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output.get(), STDERR_FILENO);
  // --replace and not --add: two containers that start at once both load it. The cache would be a file of ours in /etc.
  std::string words[] = {parser, "--replace", "--skip-cache", "--quiet"};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
  // security: the parser is root's program: nothing of the caller's environment reaches it.
  char* environment[] = {nullptr};
  pid_t child = -1;
  const int result = ::posix_spawn(&child, parser, &actions, nullptr, arguments, environment);
  ::posix_spawn_file_actions_destroy(&actions);
  if (result != 0) throw_errno_message(result, cat("run ", parser));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "";
  if (::lseek(output.get(), 0, SEEK_SET) != 0) throw_errno("read what ", parser, " says");
  const std::string words_of_parser(trim(read_fd(output.get(), 65536)));
  return words_of_parser.empty() ? "it gave no reason" : words_of_parser;
}

void load_default_profile() {
  const char* parser = find_parser();
  if (!parser)
    throw_error(ErrorKind::unsupported, "cannot load AppArmor profile ", kDefaultApparmorProfile,
                ": no apparmor_parser; install the package apparmor, or use --security-opt apparmor=unconfined");
  const std::string refusal = run_parser(parser, apparmor_profile_text(::access(kAbi, R_OK) == 0));
  if (!refusal.empty())
    throw_error(ErrorKind::internal, "cannot load AppArmor profile ", kDefaultApparmorProfile, ": ", parser, ": ",
                printable(refusal));
}

bool is_loaded(const std::string& name) {
  const std::optional<std::string> profiles = find_file_text(AT_FDCWD, kProfiles);
  if (!profiles)
    throw_error(ErrorKind::unsupported, "cannot use AppArmor profile ", printable(name), ": ", kProfiles,
                " is missing; mount securityfs on /sys/kernel/security");
  return lists_apparmor_profile(*profiles, name);
}

}  // namespace

bool apparmor_active() {
  return find_file_text(AT_FDCWD, "/sys/module/apparmor/parameters/enabled").value_or("").starts_with('Y');
}

std::string apparmor_profile_text(bool abi_3) {
  return cat(abi_3 ? "abi <abi/3.0>,\n\n" : "", "profile ", kDefaultApparmorProfile,
             " flags=(attach_disconnected, mediate_deleted) {", kRules, "}\n");
}

bool lists_apparmor_profile(std::string_view profiles, std::string_view name) {
  for (const std::string& line : split(profiles, '\n')) {
    // The name may hold spaces and brackets itself: the mode is what follows the last " (".
    if (std::string_view(line).substr(0, line.rfind(" (")) == name && !line.empty()) return true;
  }
  return false;
}

void ensure_apparmor_profile(const std::string& name) {
  if (name == "unconfined") return;
  if (!apparmor_active())
    throw_error(ErrorKind::unsupported, "cannot use AppArmor profile ", printable(name),
                ": AppArmor is not active on this host; leave the option out");
  if (is_loaded(name)) return;
  // security: asked for by name and absent: a container without it would run with less confinement than was meant.
  if (name != kDefaultApparmorProfile)
    throw_error(ErrorKind::not_found, "AppArmor profile ", printable(name),
                " is not loaded; load it with apparmor_parser --replace FILE");
  load_default_profile();
  if (!is_loaded(name))
    throw_error(ErrorKind::internal, "AppArmor profile ", name, " is not there after it was loaded");
}

}  // namespace minidock::linux
