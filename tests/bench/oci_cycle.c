// oci_cycle: one life of a container under an OCI runtime: create, start, the wait for its end, delete. Prints
//
//   MILLISECONDS KILOBYTES
//
// the time from before `create` to after `delete`, and the largest resident set of the three, from wait4(2). It is
// small and static because the kernel counts what a process held before its execve towards that figure.
//
//   oci_cycle [--mounts NAMESPACE] RUNTIME ROOT BUNDLE ID
//
// --mounts runs the runtime in another mount namespace, a file like /proc/PID/ns/mnt.
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char* mounts;
static long largest;

static void fail(const char* what) {
  perror(what);
  exit(125);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static void run(char** words) {
  struct rusage usage;
  int status;
  pid_t pid = fork();
  if (pid < 0) fail("fork");
  if (pid == 0) {
    int fd = open("/dev/null", O_RDWR);
    dup2(fd, 0);
    dup2(fd, 1);
    if (mounts && setns(open(mounts, O_RDONLY | O_CLOEXEC), CLONE_NEWNS) < 0) fail("setns");
    execv(words[0], words);
    fail(words[0]);
  }
  if (wait4(pid, &status, 0, &usage) < 0) fail("wait4");
  if (status != 0) {
    fprintf(stderr, "oci_cycle: %s %s: status %d\n", words[0], words[3], status);
    exit(125);
  }
  if (usage.ru_maxrss > largest) largest = usage.ru_maxrss;
}

static pid_t read_pid(const char* path) {
  int pid = 0;
  FILE* file = fopen(path, "re");
  if (!file || fscanf(file, "%d", &pid) != 1) fail(path);
  fclose(file);
  return pid;
}

int main(int argc, char** argv) {
  if (argc == 7 && strcmp(argv[1], "--mounts") == 0) {
    mounts = argv[2];
    argc -= 2;
    argv += 2;
  }
  if (argc != 5) {
    fprintf(stderr, "usage: oci_cycle [--mounts NAMESPACE] RUNTIME ROOT BUNDLE ID\n");
    return 2;
  }
  char *runtime = argv[1], *root = argv[2], *bundle = argv[3], *id = argv[4];
  char pid_file[4096];
  snprintf(pid_file, sizeof pid_file, "%s/pid", bundle);
  // The container's process becomes our child when `create` ends, as it becomes a shim's.
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) fail("prctl");

  double begin = now();
  run((char*[]){runtime, "--root", root, "create", "--bundle", bundle, "--pid-file", pid_file, id, NULL});
  pid_t pid = read_pid(pid_file);
  run((char*[]){runtime, "--root", root, "start", id, NULL});
  int status;
  if (waitpid(pid, &status, 0) != pid) fail("waitpid");
  run((char*[]){runtime, "--root", root, "delete", id, NULL});
  printf("%.3f %ld\n", now() - begin, largest);
  return status != 0;
}
