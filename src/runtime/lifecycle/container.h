// A container of the OCI runtime (runtime-spec runtime.md "Lifecycle"), as one command sees it: made by create() or
// loaded from its state directory, and then asked or changed. Nothing of it stays in memory between two commands.
//
//   Container web = Container::create(root, "web", options);   // its process waits at the gate
//   web.start();
//   Container::load(root, "web").kill(SIGTERM, KillScope::init);
//
// Where several commands work on one container at once, those that change it take turns by the lock of the state
// directory; status() and kill() never wait.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "linux/cgroup.h"
#include "oci/spec.h"
#include "oci/state.h"
#include "runtime/lifecycle/record.h"
#include "runtime/lifecycle/state_directory.h"
#include "runtime/plan.h"

namespace minidock::runtime {

enum class Status {
  creating,  // create is at work
  created,   // the process waits at the gate
  running,
  paused,   // frozen; runc's addition to the spec's words
  stopped,  // the process has ended, or never came to be
};
std::string_view status_word(Status status);

enum class KillScope { init, all };  // the container's first process; every process in its cgroup

struct CreateOptions {
  std::string bundle;                                  // a directory; "" the current one
  std::string pid_file, console_socket, pidfd_socket;  // "" for none
  int preserved_fds = 0;                               // from 3 on, for the command, with those of `listen_fds`
  int listen_fds = 0;                                  // sd_listen_fds(3): LISTEN_FDS of this process's environment
  std::string notify_socket;                           // sd_notify(3): NOTIFY_SOCKET
  std::string cache_directory;                         // of compiled filters, this user's alone; "" for none
  bool no_pivot = false, new_keyring = true, systemd_cgroup = false;
  std::function<void(const Plan&)> on_plan;  // called before the first step, to log what will be done
  bool keep_terminal = false;                // false: to console_socket; true: take_terminal()
  bool plain_lines = false;                  // the terminal's, see Bundle
};

// Thrown before anything is done, by a program that cannot load libraries, for a container whose cgroup systemd keeps:
// the caller goes on in a program that can.
class NeedsLibraries : public Error {
 public:
  NeedsLibraries() : Error(ErrorKind::unsupported, "cannot talk to systemd: this program is linked statically") {}
};

class Container {
 public:
  // Throws invalid for the bundle, conflict for the ID, StartFailure for a step; nothing is left then.
  static Container create(const std::string& root, const std::string& id, const CreateOptions& options);
  // A container whose process `bring_back` makes, given the state directory: the process's number. It runs then.
  static Container adopt(const std::string& root, const Record& record, std::string_view config,
                         const std::function<int(const std::string& directory)>& bring_back);
  // Throws not_found: "container does not exist"; corrupt for a damaged record.
  static Container load(const std::string& root, const std::string& id);
  // What is left of `id` goes, whatever state it is in; none is fine.
  static std::vector<std::string> discard(const std::string& root, const std::string& id);

  const std::string& id() const { return record_.id; }
  const Record& record() const { return record_; }
  Status status() const;
  oci::State state(Status status) const;
  std::string config() const;          // the text of config.json
  oci::Spec spec() const;              // of it
  std::string seccomp_filter() const;  // compiled; "" for none
  std::vector<pid_t> processes() const;

  // created -> running. Throws in_use in any other state, StartFailure when a step or the command failed.
  void start();
  // Throws not_found for a container that has stopped: "container not running"; KillScope::all passes over that.
  void kill(int signal, KillScope scope);
  // Throws in_use where it has not stopped.
  void remove();
  void pause();
  void resume();
  void update(const oci::Resources& change);

  Fd take_terminal() { return std::move(terminal_); }
  // What went wrong and stopped nothing, for the log.
  std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }

 private:
  friend class Creation;
  explicit Container(StateDirectory directory) : directory_(std::move(directory)) {}
  const linux::CgroupLayout& layout() const;  // of the host; read once, and only when asked for
  void lock_and_reload();
  void reload();
  void save();
  Status require_running(const char* verb) const;
  void open_gate();
  void after_start();
  void ensure_killed(KillScope scope);
  void end_processes();
  void destroy();
  // Does what must not stop the rest; its failure becomes a warning.
  template <typename Work>
  void warn_of(Work work) {
    try {
      work();
    } catch (const Error& error) {
      warnings_.emplace_back(error.what());
    }
  }

  StateDirectory directory_;
  Record record_;
  Fd terminal_;
  std::vector<std::string> warnings_;
  mutable std::optional<linux::CgroupLayout> layout_;
};

}  // namespace minidock::runtime
