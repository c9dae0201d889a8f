// The Plan: every kernel step that turns a bundle into a running process, decided before the first is taken.
//
// plan() is pure: the same bundle and host facts give the same steps, so a Plan can be printed (--explain),
// golden-tested without root, and sent to the helper, which only executes it. A failure names its step.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "linux/host.h"
#include "oci/spec.h"
#include "runtime/step.h"

namespace minidock::runtime {

// An overlayfs root: `lowers` topmost first; "" for upper makes the root read-only.
struct Overlay {
  std::vector<std::string> lowers;
  std::string upper, work;
  bool discarded = false;  // --rm: nobody reads upper afterwards, so the kernel need not sync it at the end
};

// What config.json has no words for, of one of the engine's binds.
struct BindExtra {
  std::string subpath;             // below the source: what is mounted. Links there lead to places in the source
  std::optional<Overlay> overlay;  // is the source; `discarded` as above
  std::string overlay_place;       // a directory of the host that is free for it, where there is a subpath too
  bool change_owner = false;       // all that is there becomes the user's of the process
  bool copy_up = false;            // an empty volume takes what the root has at the destination
  std::string copy_place;  // the volume's own directory, of which the source is "_data": the copy is made beside
                           // it, and comes to be there as a whole; "" for a source that is a mount of its own
};

// What the kernel's network code is asked for, as messages of linux/netlink_message.h.
struct NetworkRequest {
  std::string name, why;  // as a Step's
  int protocol = 0;       // NETLINK_ROUTE, NETLINK_NETFILTER
  std::string messages;
  int64_t pid_place = -1;  // in them: 4 bytes that get the pid of init
};

// Who executes the steps before clone: the monitor, which stays with the container on the host, or the OCI runtime's
// starter, which ends after the clone, and so may itself enter cgroups and namespaces on the way.
enum class Launcher { monitor, starter };

struct Bundle {
  oci::Spec spec;
  Launcher launcher = Launcher::monitor;
  bool gated = false;     // `create`: wait at the gate before the command; see starter/conversation.h
  bool no_pivot = false;  // MS_MOVE and chroot, for a host whose root is the initial ramfs
  bool new_keyring = true;
  bool plain_lines = false;        // what the terminal shows is not for a screen: no carriage returns at line ends
  bool cgroup_by_systemd = false;  // the coordinator places the process at SyncPoint::cloned; no cgroup steps here
  std::string cgroup_unit;         // the cgroup of a delegated unit on the way to cgroups_path, "" for none
  std::optional<Overlay> overlay;  // else spec.root_path (absolute) is bound as the root
  std::string seccomp_filter;      // compiled; "" for none
  unsigned seccomp_flags = 0;      // SECCOMP_FILTER_FLAG_*
  // Of a network namespace of its own: on the host once there is an init, then settings and requests inside. Of a
  // monitor's containers only.
  std::vector<NetworkRequest> host_network, own_network;
  std::map<std::string, std::string> network_settings;  // sysctls of its interfaces
  bool use_init = false;                                // --init: PID 1 reaps and forwards, the command is its child
  std::map<std::string, BindExtra> bind_extras;         // by the clean destination of one of spec.mounts
};

struct Step {
  Stage stage = Stage::init;
  Op op = Op::none;
  std::string name;                // for messages: "mount proc on /proc"
  std::string why;                 // for --explain: one line
  std::vector<std::string> texts;  // meaning by op: see step.h
  std::vector<int64_t> numbers;
};

struct Plan {
  std::vector<Step> steps;            // all of Stage::monitor first
  std::vector<std::string> warnings;  // for the terminal: a limit clamped, a controller missing
  std::string cgroup_path;            // below each hierarchy's mount point
};

// Throws invalid, unsupported or permission: see validate.h for what a bundle must satisfy.
Plan plan(const Bundle& bundle, const linux::HostFacts& facts);

// A further process in a running container.
struct ExecBundle {
  oci::Process process;
  Launcher launcher = Launcher::monitor;
  std::vector<oci::Namespace> namespaces;   // all that it joins, by path: /proc/PID/ns/…
  bool user_namespace = false;              // one of them: its root becomes ours
  std::vector<std::string> v1_directories;  // cgroups to join, absolute
  std::string v2_directory;
  std::string own_cgroup;  // one of those, made for this process alone: what is still in it is killed after its end
  std::string root;        // to enter by chroot, of a container in the caller's mount namespace; "" for none
  std::string seccomp_filter;
  unsigned seccomp_flags = 0;
  bool new_keyring = true;
  bool plain_lines = false;
  std::optional<oci::Personality> personality;  // the container's
};
Plan plan_exec(const ExecBundle& bundle, const linux::HostFacts& facts);

// The text of --explain: one numbered line a step with its why below it.
std::string explain(const Plan& plan);

// The flat form that the helper reads in place (wire.h).
std::string encode(const Plan& plan);

}  // namespace minidock::runtime
