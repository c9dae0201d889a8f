// The parts of a Plan that are about a process: of a container's first, and of one that joins it.
#pragma once

#include <string>

#include "runtime/builder.h"

namespace minidock::runtime {

struct Filter {
  const std::string& program;  // struct sock_filter[]; "" for none
  unsigned flags;              // SECCOMP_FILTER_FLAG_*
};

struct Setting {
  bool new_keyring = true;
  bool oom_score = true;  // false: the starter has set it
  // Of the container: it finds its directory made, and its terminal is the console; exec comes to what is there.
  bool first = true;
  bool plain_lines = false;  // of its terminal
};
// Who it is, where it stands, its streams, keys, limits and labels.
void plan_setting(Builder& builder, const oci::Process& process, const linux::HostFacts& facts, Setting setting);
// It becomes its user, and finds its program with that user's rights.
void plan_user(Builder& builder, const oci::Process& process, const linux::HostFacts& facts);
// The last rights go; the filter comes.
void plan_rights(Builder& builder, const oci::Process& process, const Filter& filter, const linux::HostFacts& facts);
void plan_command(Builder& builder, const oci::Process& process);

// `stage`: of linux.cpuAffinity's two moments, before and after the process enters its cgroup.
void plan_affinity(Builder& builder, Stage stage, const std::string& cpus);
// All that its cgroup lets it use: once it is there.
void plan_free_affinity(Builder& builder);
// Scheduler, io priority, personality. Throws invalid for a name that the spec does not have.
void plan_scheduling(Builder& builder, const oci::Process& process);
void plan_personality(Builder& builder, const oci::Personality& personality);

}  // namespace minidock::runtime
