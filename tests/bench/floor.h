// The parts of the floor program: floor.c (the process), floor_root.c (the mount tree), floor_cgroup.c (the limits).
#pragma once

struct options {
  const char* lower;    // overlay lower directories, topmost first, joined by ':'
  const char* scratch;  // an existing directory for upper, work and the mount point
  const char* seccomp;  // struct sock_filter[] in a file, or NULL
  const char* memory;   // bytes, "0" for none
  const char* pids;
  char** command;
};

enum { kMaxHierarchies = 3 };

struct cgroups {
  int count;
  int v2_fd;  // the directory that the child is cloned into; -1 on v1
  char directory[kMaxHierarchies][512];
  char mount_options[kMaxHierarchies][64];  // v1: the controllers as mount(2) takes them; "" on v2
};

extern struct options options;
extern struct cgroups cgroups;

void fail(const char* what);                                // prints errno's text and exits with 125
void check(long result, const char* what);                  // fail() where result is negative
const char* join(const char* directory, const char* name);  // one of four rotating buffers
void write_file(const char* path, const char* text);

void make_scratch(void);
void remove_scratch(void);
void make_root(void);  // in the child: mounts everything and pivots

void cgroups_create(void);
void cgroups_enter(void);  // in the child
void cgroups_remove(void);
