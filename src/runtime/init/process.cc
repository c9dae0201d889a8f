// Limits, sysctls, the working directory and the filter.
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "linux/syscalls.h"
#include "runtime/init/channel.h"
#include "runtime/init/paths.h"
#include "runtime/init/resolve.h"
#include "runtime/init/steps.h"

namespace minidock::runtime::init {

namespace {
// security: files of /proc are written through our own procfs, without crossing a mount or a link.
int write_proc(Context& context, const char* path, const char* text) {
  if (context.proc < 0) return ENOENT;
  const Fd fd(open_resolved(context.proc, path, O_WRONLY, RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS));
  if (!fd) return errno;
  const size_t size = strlen(text);
  return write(fd.get(), text, size) == static_cast<ssize_t>(size) ? 0 : errno;
}
// A file of this process's own directory. The procfs may be one of another pid namespace (Op::host_proc), so our number
// in it is asked for and not getpid().
int write_own(Context& context, const char* file, const char* text) {
  char number[32] = {};
  if (readlinkat(context.proc, "self", number, sizeof number - 1) <= 0) return errno;
  FixedText<96> path;
  path << number << "/" << file;
  return write_proc(context, path.c_str(), text);
}
}  // namespace

int sysctl_step(Context& context, const RecordView& step) {
  char path[256] = "sys/";
  size_t size = strlen(path);
  for (const char* at = step.text(0); *at != 0 && size + 1 < sizeof path; ++at) path[size++] = *at == '.' ? '/' : *at;
  path[size] = 0;
  return write_proc(context, path, step.text(1));
}

int rlimit_step(const RecordView& step) {
  const rlimit limit = {static_cast<rlim_t>(step.number(1)), static_cast<rlim_t>(step.number(2))};
  return setrlimit(static_cast<__rlimit_resource_t>(step.number(0)), &limit) == 0 ? 0 : errno;
}

int oom_score_step(Context& context, const RecordView& step) {
  FixedText<16> value;
  value << step.number(0);
  return write_own(context, "oom_score_adj", value.c_str());
}

int new_keyring_step() {
  // A session keyring of the container's own. A kernel without keys, or a full quota, is no reason to fail.
  (void)!syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);
  return 0;
}

int workdir_step(Context& context, const RecordView& step) {
  const char* path = step.text(0);
  const Fd dir(open_target(context, path, step.number(0) != 0 ? Missing::make_directory : Missing::fail));
  if (!dir || fchdir(dir.get()) != 0) {
    const int failure = errno;
    context.detail << "cannot enter working directory " << path << ": " << strerrordesc_np(failure);
    if (failure == ENOTDIR) context.exit_code = 127;
    return failure;
  }
  // security: a leaked descriptor of a host directory as working directory shows as "(unreachable)…" (CVE-2024-21626).
  char where[4096];
  const long length = syscall(SYS_getcwd, where, sizeof where);
  if (length <= 0 || where[0] != '/') {
    context.detail << "working directory " << path << " lies outside the container";
    return EXDEV;
  }
  return 0;
}

int seccomp_step(Context& context, const RecordView& step) {
  uint32_t length = 0;
  const char* bytes = step.text(0, &length);
  sock_fprog program = {};
  program.len = static_cast<unsigned short>(length / sizeof(sock_filter));
  // The kernel copies the filter; the record's bytes need no alignment for that.
  program.filter = const_cast<sock_filter*>(reinterpret_cast<const sock_filter*>(bytes));
  const unsigned flags = static_cast<unsigned>(step.number(0));
  const long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  if (result < 0) return errno;
  if ((flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) == 0) return 0;
  const Fd listener(static_cast<int>(result));
  return send_descriptor(context.monitor_socket, ReportKind::listener, listener.get());
}

int apparmor_step(Context& context, const RecordView& step) {
  FixedText<300> text;
  text << "exec " << step.text(0);
  int failure = write_own(context, "attr/apparmor/exec", text.c_str());
  if (failure == ENOENT) failure = write_own(context, "attr/exec", text.c_str());  // kernels before 5.8
  // kernel: both files are there where AppArmor is: it is the profile that is not.
  if (failure == ENOENT) context.detail << "the profile is not loaded; load it with apparmor_parser --replace FILE";
  return failure;
}

int selinux_step(Context& context, const RecordView& step) {
  if (const int failure = write_own(context, "attr/exec", step.text(0)); failure != 0) return failure;
  return write_own(context, "attr/keycreate", step.text(0));
}

}  // namespace minidock::runtime::init
