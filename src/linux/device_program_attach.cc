// Putting a device program on a v2 cgroup, in place of what is there. Source: bpf(2), include/uapi/linux/bpf.h.
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/cgroup_apply.h"

namespace minidock::linux {
namespace {

int call_bpf(int command, bpf_attr* attributes) {
  return static_cast<int>(::syscall(SYS_bpf, command, attributes, sizeof *attributes));
}

// The verifier's own words, asked for only after a refusal: they cost time.
[[noreturn]] void throw_verifier(bpf_attr load) {
  const int refusal = errno;
  std::string words(1 << 16, '\0');
  load.log_buf = reinterpret_cast<uint64_t>(words.data());
  load.log_size = static_cast<uint32_t>(words.size());
  load.log_level = 1;
  call_bpf(BPF_PROG_LOAD, &load);
  words.resize(words.find('\0'));
  throw_errno_message(refusal, cat("cannot load device program", words.empty() ? "" : ": ", printable(words)));
}

Fd load_program(const std::string& program) {
  static const char kLicense[] = "Apache-2.0";
  bpf_attr load = {};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = reinterpret_cast<uint64_t>(program.data());
  load.insn_cnt = static_cast<uint32_t>(program.size() / sizeof(bpf_insn));
  load.license = reinterpret_cast<uint64_t>(kLicense);
  Fd fd(call_bpf(BPF_PROG_LOAD, &load));
  if (!fd) throw_verifier(load);
  return fd;
}

std::vector<uint32_t> attached_programs(int cgroup) {
  std::vector<uint32_t> ids(64);
  bpf_attr query = {};
  query.query.target_fd = static_cast<uint32_t>(cgroup);
  query.query.attach_type = BPF_CGROUP_DEVICE;
  query.query.prog_ids = reinterpret_cast<uint64_t>(ids.data());
  query.query.prog_cnt = static_cast<uint32_t>(ids.size());
  if (call_bpf(BPF_PROG_QUERY, &query) != 0) throw_errno("cannot list device programs");
  ids.resize(query.query.prog_cnt);
  return ids;
}

void change(int command, int cgroup, int program, const char* what) {
  bpf_attr attach = {};
  attach.target_fd = static_cast<uint32_t>(cgroup);
  attach.attach_bpf_fd = static_cast<uint32_t>(program);
  attach.attach_type = BPF_CGROUP_DEVICE;
  if (command == BPF_PROG_ATTACH) attach.attach_flags = BPF_F_ALLOW_MULTI;
  if (call_bpf(command, &attach) != 0) throw_errno("cannot ", what, " device program");
}

Fd open_program(uint32_t id) {
  bpf_attr get = {};
  get.prog_id = id;
  return Fd(call_bpf(BPF_PROG_GET_FD_BY_ID, &get));
}

}  // namespace

void replace_device_program(const std::string& directory, const std::string& program) {
  const Fd cgroup = open_dir(AT_FDCWD, directory);
  const Fd loaded = load_program(program);
  const std::vector<uint32_t> before = attached_programs(cgroup.get());
  // order: the new one first; for a moment both must agree, and never does none decide.
  change(BPF_PROG_ATTACH, cgroup.get(), loaded.get(), "attach");
  for (const uint32_t id : before)
    if (const Fd old = open_program(id)) change(BPF_PROG_DETACH, cgroup.get(), old.get(), "detach");
}

}  // namespace minidock::linux
