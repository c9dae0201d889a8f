// The floor's cgroups: devices, memory and pids, on v1 or v2. See floor.c.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "floor.h"

static const char* const kControllers[] = {"devices", "memory", "pids"};
static char v2_mount[256];

static int has_word(const char* words, const char* word) {
  size_t length = strlen(word);
  for (const char* at = words; (at = strstr(at, word)) != NULL; at += length) {
    int starts = at == words || at[-1] == ',' || at[-1] == ' ';
    if (starts && (at[length] == 0 || at[length] == ',' || at[length] == ' ' || at[length] == '\n')) return 1;
  }
  return 0;
}

// Fills `cgroups` from /proc/self/mounts: v1 hierarchies of our controllers where there are any, else v2.
static void find_hierarchies(void) {
  char line[1024], source[256], target[256], type[64], words[256];
  FILE* mounts = fopen("/proc/self/mounts", "re");
  if (!mounts) fail("/proc/self/mounts");
  while (fgets(line, sizeof line, mounts)) {
    if (sscanf(line, "%255s %255s %63s %255s", source, target, type, words) != 4) continue;
    if (strcmp(type, "cgroup2") == 0) strcpy(v2_mount, target);
    if (strcmp(type, "cgroup") != 0) continue;
    for (int i = 0; i < kMaxHierarchies; i++) {
      if (!has_word(words, kControllers[i]) || cgroups.count == kMaxHierarchies) continue;
      snprintf(cgroups.directory[cgroups.count], sizeof cgroups.directory[0], "%s/minidock-floor-%d", target, getpid());
      strcpy(cgroups.mount_options[cgroups.count++], kControllers[i]);
      break;
    }
  }
  fclose(mounts);
  if (cgroups.count == 0 && v2_mount[0]) {
    snprintf(cgroups.directory[0], sizeof cgroups.directory[0], "%s/minidock-floor-%d", v2_mount, getpid());
    cgroups.count = 1;
  } else {
    v2_mount[0] = 0;
  }
}

static void limit(int index, const char* file, const char* value) {
  write_file(join(cgroups.directory[index], file), value);
}

static void limit_v1(int index) {
  static const char* const kAllowed[] = {"c *:* m",    "b *:* m",    "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm",
                                         "c 1:8 rwm",  "c 1:9 rwm",  "c 5:0 rwm", "c 5:1 rwm", "c 5:2 rwm",
                                         "c 136:* rwm"};
  const char* controller = cgroups.mount_options[index];
  if (strcmp(controller, "pids") == 0) limit(index, "pids.max", options.pids);
  if (strcmp(controller, "memory") == 0 && strcmp(options.memory, "0") != 0) {
    limit(index, "memory.limit_in_bytes", options.memory);
  }
  if (strcmp(controller, "devices") == 0) {
    limit(index, "devices.deny", "a");
    for (size_t i = 0; i < sizeof kAllowed / sizeof kAllowed[0]; i++) limit(index, "devices.allow", kAllowed[i]);
  }
}

void cgroups_create(void) {
  cgroups.v2_fd = -1;
  find_hierarchies();
  if (v2_mount[0]) write_file(join(v2_mount, "cgroup.subtree_control"), "+memory +pids");
  for (int i = 0; i < cgroups.count; i++) {
    check(mkdir(cgroups.directory[i], 0755), cgroups.directory[i]);
    if (!v2_mount[0]) limit_v1(i);
  }
  if (v2_mount[0]) {
    limit(0, "pids.max", options.pids);
    if (strcmp(options.memory, "0") != 0) limit(0, "memory.max", options.memory);
    cgroups.v2_fd = open(cgroups.directory[0], O_PATH | O_DIRECTORY | O_CLOEXEC);
    check(cgroups.v2_fd, cgroups.directory[0]);
  }
}

// kernel: on v1 a single-threaded process that writes "0" to tasks moves itself without the global thread group
// lock; cgroup.procs would take it and wait for an RCU grace period: 4 to 13 ms. The namespace comes after the move.
void cgroups_enter(void) {
  if (v2_mount[0]) return;
  for (int i = 0; i < cgroups.count; i++) limit(i, "tasks", "0");
  check(unshare(CLONE_NEWCGROUP), "unshare cgroup");
}

void cgroups_remove(void) {
  for (int i = 0; i < cgroups.count; i++) check(rmdir(cgroups.directory[i]), cgroups.directory[i]);
}
