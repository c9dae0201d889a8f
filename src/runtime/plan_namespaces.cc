// The namespaces: those that are joined, the clone that makes the others, and what init sets up in them.
#include <sched.h>

#include <algorithm>

#include "runtime/builder.h"
#include "runtime/plan_process.h"
#include "runtime/validate.h"

namespace minidock::runtime {

namespace {
#ifndef CLONE_NEWTIME
constexpr uint64_t CLONE_NEWTIME = 0x80;
#endif

// order: rights over the others may come from the user namespace, so it is tried last (see starter.cc for those that
// need it first); after the mount namespace no path means what the caller meant, so that comes at the very end.
constexpr const char* kJoinOrder[] = {"network", "ipc", "uts", "cgroup", "pid", "time", "user", "mount"};

bool is_new(const oci::Spec& spec, std::string_view type) {
  const oci::Namespace* entry = find_namespace(spec, type);
  return entry != nullptr && entry->path.empty();
}

void plan_join(Builder& builder, Stage stage, const oci::Namespace& entry, int64_t slot) {
  builder.at(stage, Op::join_namespace, cat("join ", entry.type, " namespace ", entry.path),
             "this one is shared with others", {entry.path}, {static_cast<int64_t>(namespace_flag(entry.type)), slot});
}

void plan_cgroup_joins(Builder& builder, Stage stage, const linux::CgroupPlan& cgroup) {
  for (const std::string& directory : cgroup.v1_directories) {
    builder.at(stage, Op::cgroup_join, cat("join cgroup ", directory),
               "the process moves itself; all it starts is counted here", {directory});
  }
}

std::string offsets_text(const oci::Spec& spec) {
  std::string text;
  for (const auto& [clock, offset] : spec.linux_.time_offsets)
    text += cat(clock, " ", offset.seconds, " ", offset.nanoseconds, "\n");
  return text;
}

void plan_names(Builder& builder, const oci::Spec& spec) {
  if (!spec.hostname.empty())
    builder.init(Op::hostname, cat("set hostname ", spec.hostname), "the UTS namespace is ours: the host's name stays",
                 {spec.hostname});
  if (!spec.domainname.empty())
    builder.init(Op::domainname, cat("set domain name ", spec.domainname),
                 "the NIS domain name belongs to the UTS namespace too", {spec.domainname});
}

// What only the coordinator can do for a process that exists: see SyncPoint.
void plan_user_namespace(Builder& builder, const Bundle& bundle) {
  const bool made = is_new(bundle.spec, "user");
  if (made || bundle.cgroup_by_systemd) {
    builder.init(Op::sync, made ? "wait for the user and group maps" : "wait for the cgroup",
                 "only a process outside can write them", {}, {static_cast<int64_t>(SyncPoint::cloned)});
  }
  if (find_namespace(bundle.spec, "user") != nullptr)
    builder.init(Op::become_root, "become root of the user namespace",
                 "until its ids are mapped a process has none there");
}
}  // namespace

// kernel: the clone takes its cgroup by a path, which another mount namespace has not; from another cgroup namespace
// the container's own is out of reach (cgroup-v2.rst "Delegation Containment"), and another user namespace may have no
// right to it. Moving this process would wait milliseconds for an RCU grace period: a clone is there at once.
std::string plan_cgroup_enter(Builder& builder, const std::string& v2_directory,
                              const std::vector<oci::Namespace>& namespaces) {
  const bool loses_it = std::any_of(namespaces.begin(), namespaces.end(), [](const oci::Namespace& entry) {
    return !entry.path.empty() && (entry.type == "mount" || entry.type == "cgroup" || entry.type == "user");
  });
  if (v2_directory.empty() || !loses_it) return v2_directory;
  builder.monitor(Op::enter_cgroup, cat("enter cgroup ", v2_directory),
                  "the namespaces to join hide it: what they lead to is then started inside", {v2_directory}, {0});
  return "";
}

void plan_joins(Builder& builder, Stage stage, const std::vector<oci::Namespace>& namespaces) {
  std::vector<const oci::Namespace*> joined;
  for (const char* type : kJoinOrder) {
    for (const oci::Namespace& entry : namespaces) {
      if (entry.type == type && !entry.path.empty()) joined.push_back(&entry);
    }
  }
  // order: all are opened before the first is entered: in another user or mount namespace the paths may be out of
  // reach.
  std::vector<int64_t> slots;
  for (const oci::Namespace* entry : joined) {
    slots.push_back(builder.new_slot());
    builder.at(stage, Op::open_namespace, cat("open ", entry->type, " namespace ", entry->path),
               "held by descriptor: the path is not looked up again", {entry->path}, {slots.back()});
  }
  for (size_t i = 0; i < joined.size(); ++i) plan_join(builder, stage, *joined[i], slots[i]);
}

void plan_cgroup_entry(Builder& builder, const Bundle& bundle, const linux::CgroupPlan& cgroup) {
  if (bundle.launcher != Launcher::starter) return;
  builder.monitor(Op::host_proc, "keep the host's /proc by descriptor",
                  "what is written about the process itself goes there, and never to a file of the image");
  plan_cgroup_joins(builder, Stage::monitor, cgroup);
  // In a user namespace nobody may write it, so it is the starter's, which the clone inherits.
  if (const auto& score = bundle.spec.process.oom_score_adj)
    builder.monitor(Op::oom_score, cat("set oom_score_adj to ", *score), "whom the kernel kills first when memory ends",
                    {}, {*score});
}

void plan_clone(Builder& builder, const Bundle& bundle, const linux::CgroupPlan& cgroup) {
  const oci::Spec& spec = bundle.spec;
  std::string v2_directory = cgroup.v2_directory;
  if (bundle.launcher == Launcher::starter) {
    v2_directory = plan_cgroup_enter(builder, v2_directory, spec.linux_.namespaces);
    plan_joins(builder, Stage::monitor, spec.linux_.namespaces);
    // kernel: the clone is the first process in it, so its offsets are set by its parent, which has the host's rights.
    if (is_new(spec, "time")) {
      builder.monitor(Op::time_namespace, "make a time namespace", "its clocks are set before anybody is in it",
                      {offsets_text(spec)});
    }
  }
  uint64_t flags = 0;
  std::string names;
  for (const oci::Namespace& entry : spec.linux_.namespaces) {
    // Both start as the parent's are and are made by the child itself, once what they begin with is set.
    if (!entry.path.empty() || entry.type == "cgroup" || entry.type == "time") continue;
    flags |= namespace_flag(entry.type);
    names += (names.empty() ? "" : ", ") + entry.type;
  }
  builder.monitor(
      Op::clone, cat("clone3 a child with its own namespaces: ", names),
      "the container is this child: an ordinary process that sees its own process ids, mounts, names and network",
      {v2_directory}, {static_cast<int64_t>(flags)});
}

void plan_namespaces(Builder& builder, const Bundle& bundle, const linux::CgroupPlan& cgroup) {
  const oci::Spec& spec = bundle.spec;
  if (bundle.launcher == Launcher::starter) {
    plan_user_namespace(builder, bundle);
    plan_free_affinity(builder);
  } else {
    plan_cgroup_joins(builder, Stage::init, cgroup);
    plan_joins(builder, Stage::init, spec.linux_.namespaces);
  }
  if (is_new(spec, "cgroup")) {
    builder.init(Op::unshare, "unshare the cgroup namespace",
                 "made after the move, so that the container's own cgroup looks like the top", {}, {CLONE_NEWCGROUP});
  }
  plan_names(builder, spec);
  if (is_new(spec, "network")) {
    builder.init(Op::loopback_up, "bring up the loopback interface",
                 "a new network namespace has only lo, and it is down");
  }
}

}  // namespace minidock::runtime
