// A CgroupPlan carried out on this host, and undone: what the runtime does, in a form short enough for tests.
#pragma once

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/cgroup.h"

namespace minidock::linux {

inline int bpf(int command, bpf_attr* attributes) {
  return static_cast<int>(::syscall(SYS_bpf, command, attributes, sizeof *attributes));
}

// Loads and attaches a device program; throws what the verifier says.
inline Fd attach_device_program(const std::string& program, const std::string& cgroup) {
  char log[65536] = "";
  bpf_attr load = {};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = reinterpret_cast<uint64_t>(program.data());
  load.insn_cnt = static_cast<uint32_t>(program.size() / sizeof(bpf_insn));
  load.license = reinterpret_cast<uint64_t>("Apache-2.0");
  load.log_buf = reinterpret_cast<uint64_t>(log);
  load.log_size = sizeof log;
  load.log_level = 1;
  Fd loaded(bpf(BPF_PROG_LOAD, &load));
  if (!loaded) throw_errno("load device program: ", log);
  const Fd directory = open_dir(AT_FDCWD, cgroup);
  bpf_attr attach = {};
  attach.target_fd = static_cast<uint32_t>(directory.get());
  attach.attach_bpf_fd = static_cast<uint32_t>(loaded.get());
  attach.attach_type = BPF_CGROUP_DEVICE;
  attach.attach_flags = BPF_F_ALLOW_MULTI;
  if (bpf(BPF_PROG_ATTACH, &attach) != 0) throw_errno("attach device program to ", cgroup);
  return loaded;
}

inline void put(const CgroupWrite& write) {
  const std::string path = cat(write.directory, "/", write.file);
  try {
    // O_WRONLY alone: cgroup files must not be created or truncated.
    const Fd file = open_file(AT_FDCWD, path, O_WRONLY);
    write_all(file.get(), write.value);
  } catch (const Error& error) {
    if (!write.optional) throw error.with_context(cat(path, "=", write.value));
  }
}

class AppliedPlan {
 public:
  explicit AppliedPlan(const CgroupPlan& plan) : plan_(plan) {
    for (const std::string& directory : plan.directories) ensure_dir(AT_FDCWD, directory, 0755);
    for (const CgroupWrite& write : plan.before) put(write);
    for (const CgroupWrite& write : plan.writes) put(write);
    if (!plan.device_program.empty()) program_ = attach_device_program(plan.device_program, plan.v2_directory);
  }
  ~AppliedPlan() {
    for (auto at = plan_.directories.rbegin(); at != plan_.directories.rend(); ++at) try_remove_cgroup(*at);
  }
  AppliedPlan(const AppliedPlan&) = delete;

  // Moves the calling process, which has one thread, in.
  void join() const {
    for (const std::string& directory : plan_.v1_directories) put({directory, "tasks", "0"});
    if (!plan_.v2_directory.empty()) put({plan_.v2_directory, "cgroup.procs", "0"});
  }

  // Those limits that do not read back as they were written.
  std::vector<std::string> differences() const {
    std::vector<std::string> out;
    for (const CgroupWrite& write : plan_.writes) {
      if (!write.verify) continue;
      const auto text = find_file_text(AT_FDCWD, cat(write.directory, "/", write.file));
      if (!text && write.optional) continue;
      if (!text || trim(*text) != write.value)
        out.push_back(cat(write.file, "=", write.value, " but ", text.value_or("absent")));
    }
    return out;
  }

 private:
  CgroupPlan plan_;
  Fd program_;
};

}  // namespace minidock::linux
