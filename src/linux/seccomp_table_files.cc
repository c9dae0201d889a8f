#include "linux/seccomp_table.h"

namespace minidock::linux {
namespace {

constexpr CallGroup kFilesGroups[] = {
    {"open and close: what a path leads to is decided by the mount namespace",
     "open openat openat2 creat close close_range dup dup2 dup3 fcntl fcntl64 pipe pipe2 memfd_create memfd_secret "
     "name_to_handle_at"},
    {"read, write and copy",
     "read readv pread64 preadv preadv2 write writev pwrite64 pwritev pwritev2 lseek _llseek sendfile sendfile64 "
     "splice "
     "tee copy_file_range readahead fadvise64 fadvise64_64 arm_fadvise64_64"},
    {"size and durability",
     "truncate truncate64 ftruncate ftruncate64 fallocate fsync fdatasync sync syncfs sync_file_range "
     "sync_file_range2 arm_sync_file_range"},
    {"look at files and file systems",
     "stat stat64 lstat lstat64 fstat fstat64 fstatat64 newfstatat statx access faccessat faccessat2 readlink "
     "readlinkat statfs statfs64 fstatfs fstatfs64 getdents getdents64 getcwd"},
    {"mounts of the own namespace, which only shows what /proc/self/mountinfo shows", "statmount listmount"},
    {"make, name and remove",
     "mkdir mkdirat mknod mknodat rmdir link linkat symlink symlinkat unlink unlinkat rename renameat renameat2 chdir "
     "fchdir umask"},
    {"owner, mode and times: the kernel checks the caller's capabilities",
     "chmod fchmod fchmodat fchmodat2 chown chown32 fchown fchown32 fchownat lchown lchown32 utime utimes utimensat "
     "utimensat_time64 futimesat"},
    {"extended attributes",
     "getxattr lgetxattr fgetxattr getxattrat setxattr lsetxattr fsetxattr setxattrat listxattr llistxattr flistxattr "
     "listxattrat removexattr lremovexattr fremovexattr removexattrat"},
    {"locks, and devices by ioctl: the device cgroup decides which can be opened", "flock ioctl"},
    {"wait for descriptors",
     "select _newselect pselect6 pselect6_time64 poll ppoll ppoll_time64 epoll_create epoll_create1 epoll_ctl "
     "epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait epoll_pwait2 eventfd eventfd2"},
    {"watch files; making a fanotify group needs CAP_SYS_ADMIN, marking with one that was handed in does not",
     "inotify_init inotify_init1 inotify_add_watch inotify_rm_watch fanotify_mark"},
    // io_uring is left out on purpose: its operations pass by this filter, and it has been the kernel's most
    // frequent source of escapes.
    {"asynchronous input and output of the first kind", "io_setup io_destroy io_submit io_cancel io_getevents"},
    {"message queues, in the ipc namespace",
     "mq_open mq_unlink mq_notify mq_getsetattr mq_timedsend mq_timedsend_time64 mq_timedreceive "
     "mq_timedreceive_time64"},
    {"network: which families is decided by arguments, see default_seccomp_profile",
     "socketpair bind listen accept accept4 connect shutdown getsockname getpeername getsockopt setsockopt send sendto "
     "sendmsg sendmmsg recv recvfrom recvmsg recvmmsg recvmmsg_time64 socketcall"},
};

}  // namespace

std::span<const CallGroup> seccomp_file_calls() {
  return kFilesGroups;
}

}  // namespace minidock::linux
