// without_syscalls NAME[,NAME...] PROGRAM [ARGUMENT...]: runs it on a kernel that lacks these system calls: a seccomp
// filter answers ENOSYS to them, for all that it starts too.
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
  const char* name;
  unsigned number;
} known[] = {
    {"openat2", SYS_openat2},       {"clone3", SYS_clone3},     {"open_tree", SYS_open_tree},
    {"move_mount", SYS_move_mount}, {"fsopen", SYS_fsopen},     {"mount_setattr", SYS_mount_setattr},
    {"pidfd_open", SYS_pidfd_open}, {"fsmount", SYS_fsmount},   {"close_range", SYS_close_range},
};

static unsigned number_of(const char* name) {
  for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
    if (strcmp(known[i].name, name) == 0) return known[i].number;
  }
  fprintf(stderr, "without_syscalls: unknown call %s\n", name);
  exit(2);
}

int main(int argc, char** argv) {
  struct sock_filter filter[64];
  unsigned short size = 0;
  if (argc < 3) return 2;
  filter[size++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (char* name = strtok(argv[1], ","); name != NULL && size + 3 < 64; name = strtok(NULL, ",")) {
    filter[size++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number_of(name), 0, 1);
    filter[size++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
  }
  filter[size++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const struct sock_fprog program = {size, filter};
  // Root loads it with CAP_SYS_ADMIN: no_new_privs would change what is tested.
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
    perror("without_syscalls: seccomp");
    return 2;
  }
  execvp(argv[2], argv + 2);
  perror(argv[2]);
  return 127;
}
