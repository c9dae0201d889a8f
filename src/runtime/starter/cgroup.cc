// cgroup directories and files, by the plan's steps.
#include "runtime/starter/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "runtime/init/paths.h"

namespace minidock::runtime {

using init::read_small;
using init::write_small;

Fd open_cgroup(const char* directory) {
  Fd fd(open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct statfs info;
  if (fd &&
      (fstatfs(fd.get(), &info) != 0 || (info.f_type != CGROUP_SUPER_MAGIC && info.f_type != CGROUP2_SUPER_MAGIC))) {
    errno = ENOTSUP;
    return Fd();
  }
  return fd;
}

namespace {
// "10\n" is "10"; the kernel also rounds memory limits down to pages, and prints "max".
bool same_value(const char* wanted, char* found) {
  size_t size = strlen(found);
  while (size > 0 && (found[size - 1] == '\n' || found[size - 1] == ' ')) found[--size] = 0;
  if (strcmp(wanted, found) == 0) return true;
  char* end = nullptr;
  const unsigned long long want = strtoull(wanted, &end, 10);
  if (*end != 0) return false;
  const unsigned long long have = strtoull(found, &end, 10);
  return *end == 0 && have <= want && want - have < 4096;
}
}  // namespace

int cgroup_create(const RecordView& step) {
  // kernel: a cgroup that was ever killed kills its newcomers, so one that exists already is taken over only where the
  // caller chose its name.
  const bool may_exist = static_cast<CgroupOwner>(step.number(0)) != CgroupOwner::container;
  const bool made = mkdir(step.text(0), 0755) == 0;
  if (!made && !(may_exist && errno == EEXIST)) return errno;
  const Fd directory = open_cgroup(step.text(0));
  if (!directory) return errno;
  // A container in a user namespace reads its own limits, so this one is not for root alone, as our umask would have
  // it.
  return made && may_exist && fchmod(directory.get(), 0755) != 0 ? errno : 0;
}

int cgroup_write(const RecordView& step) {
  const bool verify = step.number(0) != 0;
  const bool optional = step.number(1) != 0;
  const Fd directory = open_cgroup(step.text(0));
  if (!directory) return optional ? 0 : errno;
  const char* value = step.text(2);
  if (write_small(directory.get(), step.text(1), value, strlen(value)) != 0) return optional ? 0 : errno;
  if (!verify) return 0;
  char found[128];
  if (read_small(directory.get(), step.text(1), found, sizeof found) < 0) return errno;
  return same_value(value, found) ? 0 : EILSEQ;
}

int device_filter(const RecordView& step) {
  const Fd directory = open_cgroup(step.text(0));
  if (!directory) return errno;
  uint32_t size = 0;
  const char* instructions = step.text(1, &size);
  static const char kLicense[] = "Apache-2.0";
  union bpf_attr load = {};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = reinterpret_cast<uint64_t>(instructions);
  load.insn_cnt = size / sizeof(struct bpf_insn);
  load.license = reinterpret_cast<uint64_t>(kLicense);
  const Fd program(static_cast<int>(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load)));
  if (!program) return errno;
  union bpf_attr attach = {};
  attach.target_fd = static_cast<uint32_t>(directory.get());
  attach.attach_bpf_fd = static_cast<uint32_t>(program.get());
  attach.attach_type = BPF_CGROUP_DEVICE;
  attach.attach_flags = BPF_F_ALLOW_MULTI;
  return syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach) == 0 ? 0 : errno;
}

}  // namespace minidock::runtime
