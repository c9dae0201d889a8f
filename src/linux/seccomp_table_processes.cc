#include "linux/seccomp_table.h"

namespace minidock::linux {
namespace {

constexpr CallGroup kProcessesGroups[] = {
    {"start, end and wait for processes; clone is decided by its flags, see default_seccomp_profile",
     "execve execveat fork vfork exit exit_group wait4 waitid waitpid restart_syscall pidfd_open process_mrelease"},
    {"who am I: identity and process groups",
     "getpid getppid gettid getpgid getpgrp getsid setpgid setsid getuid getuid32 geteuid geteuid32 getgid getgid32 "
     "getegid getegid32 getresuid getresuid32 getresgid getresgid32 getgroups getgroups32 uname sysinfo getcpu times "
     "getrusage"},
    {"change identity: the kernel checks CAP_SETUID, CAP_SETGID and CAP_SETPCAP",
     "setuid setuid32 setgid setgid32 setreuid setreuid32 setregid setregid32 setresuid setresuid32 setresgid "
     "setresgid32 setfsuid setfsuid32 setfsgid setfsgid32 setgroups setgroups32 capget capset prctl"},
    {"give rights up: further filters and Landlock rules only narrow",
     "seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self"},
    {"limits and scheduling: raising them needs capabilities",
     "getrlimit ugetrlimit setrlimit prlimit64 getpriority setpriority ioprio_get ioprio_set sched_yield "
     "sched_getparam "
     "sched_setparam sched_getscheduler sched_setscheduler sched_getattr sched_setattr sched_getaffinity "
     "sched_setaffinity sched_get_priority_max sched_get_priority_min sched_rr_get_interval "
     "sched_rr_get_interval_time64"},
    // kernel: since 4.8 a traced call passes the filter after its tracer changed it, so ptrace cannot slip by.
    {"debuggers: within one pid namespace, and the kernel checks that the target is ours",
     "ptrace process_vm_readv process_vm_writev"},
    {"signals",
     "kill tkill tgkill pause rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_tgsigqueueinfo rt_sigreturn "
     "rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 sigaltstack sigprocmask sigreturn signalfd signalfd4 "
     "pidfd_send_signal"},
    {"threads and their locks",
     "futex futex_time64 futex_wait futex_wake futex_requeue futex_waitv set_robust_list get_robust_list "
     "set_tid_address set_thread_area get_thread_area rseq membarrier"},
    {"memory",
     "brk mmap mmap2 munmap mremap mprotect madvise mincore msync remap_file_pages mlock mlock2 mlockall munlock "
     "munlockall mseal pkey_alloc pkey_free pkey_mprotect"},
    {"clocks, timers and sleep; setting a clock needs CAP_SYS_TIME, which the kernel checks for adjtimex",
     "time gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64 clock_nanosleep "
     "clock_nanosleep_time64 nanosleep adjtimex clock_adjtime clock_adjtime64 alarm getitimer setitimer timer_create "
     "timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create "
     "timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64"},
    {"System V ipc, in the ipc namespace",
     "ipc shmget shmat shmdt shmctl semget semop semtimedop semtimedop_time64 semctl msgget msgsnd msgrcv msgctl"},
    {"randomness", "getrandom"},
    {"what one architecture needs of its own",
     "arch_prctl modify_ldt uretprobe riscv_hwprobe riscv_flush_icache breakpoint cacheflush set_tls swapcontext "
     "s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr"},
};

}  // namespace

std::span<const CallGroup> seccomp_process_calls() {
  return kProcessesGroups;
}

}  // namespace minidock::linux
