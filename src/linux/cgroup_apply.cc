#include "linux/cgroup_apply.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/cgroup_files.h"

namespace minidock::linux {
namespace {

Fd open_cgroup(const std::string& directory) {
  Fd fd = open_dir(AT_FDCWD, directory);
  struct statfs info;
  if (::fstatfs(fd.get(), &info) != 0) throw_errno("cannot look at ", directory);
  if (info.f_type != CGROUP_SUPER_MAGIC && info.f_type != CGROUP2_SUPER_MAGIC)
    throw_error(ErrorKind::unsupported, directory, " is not a cgroup; mount cgroups there");
  return fd;
}

void put_text(int directory, const std::string& file, const std::string& value) {
  // O_WRONLY alone: a cgroup's files are neither created nor truncated.
  const Fd fd = open_file(directory, file, O_WRONLY);
  write_all(fd.get(), value);
}

// Directories that this process made, removed again unless kept.
class NewDirectories {
 public:
  ~NewDirectories() {
    for (auto at = made_.rbegin(); at != made_.rend(); ++at) ::rmdir(at->c_str());
  }
  void ensure(const std::string& directory) {
    if (ensure_dir(AT_FDCWD, directory, 0755)) made_.push_back(directory);
  }
  void keep() { made_.clear(); }

 private:
  std::vector<std::string> made_;
};

}  // namespace

void write_cgroup(const CgroupWrite& write) {
  const Fd directory = open_cgroup(write.directory);
  try {
    put_text(directory.get(), write.file, write.value);
  } catch (const Error& error) {
    if (write.optional) return;
    throw error.with_context(cat("cannot set ", write.file, " to \"", write.value, "\" in ", write.directory));
  }
  if (!write.verify) return;
  const std::string found(trim(read_cgroup_text(write.directory, write.file)));
  if (found != write.value)
    throw_error(ErrorKind::unsupported, "cannot set ", write.file, " in ", write.directory, ": wrote \"", write.value,
                "\", and the kernel made it \"", found, "\"");
}

void write_cgroups(const std::vector<CgroupWrite>& writes) {
  for (const CgroupWrite& write : writes) write_cgroup(write);
}

void apply_cgroup_plan(const CgroupPlan& plan) {
  NewDirectories directories;
  for (const std::string& directory : plan.directories) directories.ensure(directory);
  write_cgroups(plan.before);
  write_cgroups(plan.writes);
  if (!plan.device_program.empty()) replace_device_program(plan.v2_directory, plan.device_program);
  directories.keep();
}

std::vector<std::string> find_cgroups(const CgroupLayout& layout, const std::string& path) {
  std::vector<std::string> v1, v2;
  for (const CgroupHierarchy& one : layout.hierarchies) {
    const std::string directory = cgroup_directory(one, path);
    if (is_cgroup_there(directory)) (one.version == 2 ? v2 : v1).push_back(directory);
  }
  v1.insert(v1.end(), v2.begin(), v2.end());
  return v1;
}

bool try_remove_cgroups(const CgroupLayout& layout, const std::string& path) {
  // Each waits for processes that are about to leave: the first that waited in vain speaks for all.
  for (const std::string& directory : find_cgroups(layout, path))
    if (!try_remove_cgroup(directory)) return false;
  return true;
}

void join_cgroups(const CgroupLayout& layout, const std::string& path, int pid) {
  for (const std::string& directory : find_cgroups(layout, path)) write_cgroup({directory, "cgroup.procs", cat(pid)});
}

}  // namespace minidock::linux
