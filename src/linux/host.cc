#include "linux/host.h"

#include <linux/capability.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/apparmor.h"
#include "linux/number_list.h"

namespace minidock::linux {
namespace {

struct LimitName {
  int resource;
  const char* name;
};
constexpr LimitName kLimits[] = {
    {RLIMIT_AS, "RLIMIT_AS"},           {RLIMIT_CORE, "RLIMIT_CORE"},         {RLIMIT_CPU, "RLIMIT_CPU"},
    {RLIMIT_DATA, "RLIMIT_DATA"},       {RLIMIT_FSIZE, "RLIMIT_FSIZE"},       {RLIMIT_LOCKS, "RLIMIT_LOCKS"},
    {RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK"}, {RLIMIT_MSGQUEUE, "RLIMIT_MSGQUEUE"}, {RLIMIT_NICE, "RLIMIT_NICE"},
    {RLIMIT_NOFILE, "RLIMIT_NOFILE"},   {RLIMIT_NPROC, "RLIMIT_NPROC"},       {RLIMIT_RSS, "RLIMIT_RSS"},
    {RLIMIT_RTPRIO, "RLIMIT_RTPRIO"},   {RLIMIT_RTTIME, "RLIMIT_RTTIME"},     {RLIMIT_SIGPENDING, "RLIMIT_SIGPENDING"},
    {RLIMIT_STACK, "RLIMIT_STACK"}};

std::map<std::string, uint64_t> read_hard_limits() {
  std::map<std::string, uint64_t> limits;
  for (const LimitName& one : kLimits) {
    struct rlimit limit;
    if (::getrlimit(static_cast<__rlimit_resource_t>(one.resource), &limit) != 0) continue;
    limits[one.name] = limit.rlim_max == RLIM_INFINITY ? UINT64_MAX : limit.rlim_max;
  }
  return limits;
}

std::vector<int> read_online_cpus() {
  const auto text = find_file_text(AT_FDCWD, "/sys/devices/system/cpu/online");
  if (auto list = parse_number_list(text.value_or("")); list && !list->empty()) return *list;
  // Without sysfs the count has to do.
  std::vector<int> cpus;
  for (int cpu = 0; cpu < ::sysconf(_SC_NPROCESSORS_ONLN); ++cpu) cpus.push_back(cpu);
  return cpus;
}

std::string read_kernel_release() {
  struct utsname name;
  if (::uname(&name) != 0) throw_errno("read the kernel's release");
  return name.release;
}

// The kernel shows a process only the kinds of namespaces it was built with.
bool has_namespace(const char* name) {
  return ::access(cat("/proc/self/ns/", name).c_str(), F_OK) == 0;
}

// Asks the kernel itself, which loads the module where that is possible; /proc/filesystems shows only loaded ones.
void require_overlay() {
  if (const Fd context(::fsopen("overlay", FSOPEN_CLOEXEC)); context) return;
  if (errno == EPERM) {
    throw_error(ErrorKind::permission,
                "cannot run containers: this process may not mount (CAP_SYS_ADMIN); run it as root of the host");
  }
  throw_error(ErrorKind::unsupported, "cannot run containers: this kernel has no overlayfs (", errno_text(errno),
              "); load it with modprobe overlay");
}

}  // namespace

// On the way of every run: nothing here starts a process, walks a directory or waits.
HostFacts read_host_facts() {
  HostFacts facts;
  facts.cgroups = read_cgroup_layout();
  facts.bounding = bounding_capabilities();
  facts.last_capability = last_capability();
  facts.hard_limits = read_hard_limits();
  facts.can_raise_limits = effective_capabilities() >> CAP_SYS_RESOURCE & 1;
  facts.apparmor = apparmor_active();
  // The directory alone is there on every kernel with SELinux built in; enforce only where it is active.
  facts.selinux = ::access("/sys/fs/selinux/enforce", F_OK) == 0;
  facts.online_cpus = read_online_cpus();
  facts.kernel_release = read_kernel_release();
  return facts;
}

bool kernel_at_least(std::string_view release, int major, int minor) {
  const size_t dot = release.find('.');
  if (dot == std::string_view::npos) return false;
  const std::string_view rest = release.substr(dot + 1);
  const std::string_view minor_text = rest.substr(0, rest.find_first_not_of("0123456789"));
  const int64_t have_major = parse_int(release.substr(0, dot)).value_or(0),
                have_minor = parse_int(minor_text).value_or(0);
  return have_major != major ? have_major > major : have_minor >= minor;
}

void require_container_support(const HostFacts& facts) {
  if (!kernel_at_least(facts.kernel_release, 5, 10)) {
    throw_error(ErrorKind::unsupported, "cannot run containers: kernel ", facts.kernel_release,
                " is too old; boot 5.10 or later");
  }
  if (::geteuid() != 0) throw_error(ErrorKind::permission, "cannot run containers: this needs root; run it with sudo");
  for (const char* name : {"mnt", "pid", "ipc", "uts", "net"}) {
    if (has_namespace(name)) continue;
    throw_error(ErrorKind::unsupported, "cannot run containers: this kernel has no ", name,
                " namespaces (or /proc is not mounted); boot a kernel that has them");
  }
  require_overlay();
}

std::string file_system_type(const std::string& path) {
  struct statfs info;
  if (::statfs(path.c_str(), &info) != 0) throw_errno("find the file system of ", path);
  constexpr long kXfs = 0x58465342, kZfs = 0x2fc12fc1, kErofs = 0xe0f5e1e2;  // not in linux/magic.h of every header set
  switch (info.f_type) {
    case EXT4_SUPER_MAGIC:
      return "ext";
    case OVERLAYFS_SUPER_MAGIC:
      return "overlay";
    case TMPFS_MAGIC:
      return "tmpfs";
    case RAMFS_MAGIC:
      return "ramfs";
    case kXfs:
      return "xfs";
    case BTRFS_SUPER_MAGIC:
      return "btrfs";
    case F2FS_SUPER_MAGIC:
      return "f2fs";
    case kZfs:
      return "zfs";
    case kErofs:
      return "erofs";
    case NFS_SUPER_MAGIC:
      return "nfs";
    case V9FS_MAGIC:
      return "9p";
    case FUSE_SUPER_MAGIC:
      return "fuse";
    default:
      break;
  }
  const auto magic = static_cast<uint32_t>(info.f_type);
  const uint8_t bytes[] = {static_cast<uint8_t>(magic >> 24), static_cast<uint8_t>(magic >> 16),
                           static_cast<uint8_t>(magic >> 8), static_cast<uint8_t>(magic)};
  return cat("0x", to_hex(bytes, sizeof bytes));
}

}  // namespace minidock::linux
