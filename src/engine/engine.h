// Engine: the use cases behind the verbs. It alone knows both the store and the runtime, and passes plain data
// between them. It never prints; warnings come back as text. One Engine serves one command.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/container_config.h"
#include "monitor/launch.h"
#include "monitor/log_reader.h"
#include "oci/image_config.h"
#include "oci/reference.h"
#include "runtime/plan.h"
#include "store/store.h"

namespace minidock::engine {

using Location = store::Location;

enum class ContainerState { created, running, exited, dead };
const char* state_name(ContainerState state);  // "created", "running", "exited", "dead"

// A container as it is now: its row joined with what its monitor wrote.
struct ContainerView {
  store::ContainerRow row;
  ContainerConfig config;
  ContainerState state = ContainerState::created;
  monitor::RunState run;                  // running only
  Nanoseconds started = 0, finished = 0;  // 0: not yet
  int exit_code = 0;
  bool oom_killed = false;
  std::string error;                          // why the last start failed
  std::string status(Nanoseconds now) const;  // docker's: "Up 5 seconds", "Exited (0) 2 hours ago", "Created"
};

struct RunningContainer {
  std::string id;
  monitor::Session session;
  std::vector<std::string> warnings;
};

struct CreateOptions {
  std::string name;                                   // "" picks one
  std::string cidfile;                                // written when the container exists
  std::function<void(const runtime::Plan&)> explain;  // --explain: called before the Plan is executed
};

// What exec's command gets beside what the container's own has.
struct ExecOptions {
  std::vector<std::string> args, env;
  std::string user, working_dir;  // "": the container's
  bool tty = false, open_stdin = false, privileged = false;
  uint16_t rows = 0, columns = 0;
  std::function<void(const runtime::Plan&)> explain;
};

// What became of the conversation with a container whose monitor went away: at most one is there.
struct Reconnected {
  std::optional<monitor::Session> session;   // its guard has taken over
  std::optional<monitor::ExitRecord> exit;  // it has ended
};

struct Removed {
  std::string id;
  uint64_t freed = 0;  // bytes
};

class Engine {
 public:
  explicit Engine(Location location);
  store::Store& store() { return store_; }

  // --- images ---
  struct ImportOptions {
    std::string path;                      // file, or "-" for standard input
    std::optional<std::string> reference;  // as typed; nullopt: derived from the file's name (unless no_name)
    bool no_name = false;
    std::vector<std::string> changes;
    std::string message;
    std::string platform;  // "", "linux/arm64", …
    store::Progress progress;
  };
  struct Imported {
    store::ImportResult result;
    std::string reference;  // familiar, "" without a name
  };
  Imported import(const ImportOptions& options);

  // --- containers ---
  // Files and row made, nothing started. Throws not_found for an unknown image: docker's text with near names.
  std::string create(ContainerConfig config, const CreateOptions& options, std::vector<std::string>& warnings);
  // create + start in one go; what `run` calls. On a failed start of a container without --rm the row stays
  // ("Created", exit code kept), as docker's does; with --rm nothing stays. Throws monitor::StartFailure.
  RunningContainer run(ContainerConfig config, const CreateOptions& options);
  RunningContainer start(std::string_view name_or_id);
  // To a running container. Throws conflict in docker's words for one that does not run.
  RunningContainer attach(std::string_view name_or_id);
  Reconnected reconnect(const std::string& id);
  // A further process; its session ends with it. Throws conflict: "container ID is not running", StartFailure.
  monitor::Session execute(std::string_view name_or_id, const ExecOptions& options);

  std::vector<ContainerView> list();  // newest first
  ContainerView load(std::string_view name_or_id);
  void signal(std::string_view name_or_id, int signal);  // throws conflict: "Container ID is not running"
  // Stop signal, then SIGKILL after `timeout` seconds (nullopt: the container's own, else 10; -1 never). Already
  // stopped: nothing.
  void stop(std::string_view name_or_id, std::optional<int> timeout, std::optional<int> signal);
  int wait(std::string_view name_or_id);  // exit code; blocks
  Removed remove(std::string_view name_or_id, bool force, bool with_volumes);
  // What is left to do for an ephemeral container whose command ended (row, files, anonymous volumes); idempotent.
  void cleanup(const std::string& id);
  // Throws unsupported for a container that keeps none.
  monitor::LogReader open_log(const ContainerView& container) const;
  std::string log_path(const ContainerView& container) const;  // of a json-file log, else ""

  // --- upkeep ---
  std::vector<store::Problem> check(bool deep);  // the store's, and leftover cgroups, run directories, processes
  struct Pruned {
    std::vector<std::string> containers, images, volumes;
    uint64_t freed = 0;
  };
  Pruned prune_containers();
  Pruned prune_images(bool all);
  Pruned prune_system(bool all_images, bool volumes);

 private:
  // The volumes that rm -v takes along; missing ones are fine. Those of --rm go in the store.
  void discard_anonymous_volumes(const ContainerConfig& config);
  ContainerView view_of(store::ContainerRow row);
  void kill_and_wait(const ContainerView& view);
  // Garbage that only the engine can tell: --rm containers whose monitor was killed, cgroups that nobody lives in.
  void sweep_leftovers(const std::vector<ContainerView>& containers);

  store::Store store_;
};

}  // namespace minidock::engine
