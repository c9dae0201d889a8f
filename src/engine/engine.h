// Engine: the use cases behind the verbs. It alone knows both the store and the runtime, and passes plain data
// between them. It never prints; warnings come back as text. One Engine serves one command.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/container_config.h"
#include "engine/health.h"
#include "engine/network_record.h"
#include "engine/trust.h"
#include "engine/update.h"
#include "engine/usage.h"
#include "linux/cgroup.h"
#include "monitor/launch.h"
#include "monitor/log_reader.h"
#include "oci/image_config.h"
#include "oci/reference.h"
#include "registry/settings.h"
#include "runtime/plan.h"
#include "store/event_log.h"
#include "store/store.h"

namespace minidock::engine {

using Location = store::Location;
using RegistrySettings = registry::Settings;
struct NetworkView;  // networks.h

enum class ContainerState { created, running, paused, restarting, exited, dead };
const char* state_name(ContainerState state);  // "created", "running", …

// A container as it is now: its row joined with what its monitor wrote.
struct ContainerView {
  store::ContainerRow row;
  ContainerState state = ContainerState::created;
  monitor::RunState run;                  // of one that is up
  Nanoseconds started = 0, finished = 0;  // 0: not yet
  int exit_code = 0;
  bool oom_killed = false;
  std::string error;          // why the last start failed
  std::string run_directory;  // RUN/containers/<id>
  bool is_up() const { return state == ContainerState::running || state == ContainerState::paused; }
  std::string status(Nanoseconds now) const;  // docker's: "Up 5 seconds", "Exited (0) 2 hours ago", "Created"
  // The row's config, read when it is first asked for: a list of many containers needs few of them.
  const ContainerConfig& config() const;
  // Of one that is up: its addresses, and the host's ports that lead to it.
  NetworkRecord network() const;
  // Of the last run of one with a health check; read likewise.
  const std::optional<Health>& health() const;
  void set_health(std::optional<Health> known) { health_ = std::move(known); }

 private:
  mutable std::shared_ptr<const ContainerConfig> config_;
  mutable std::optional<std::optional<Health>> health_;
};

struct RunningContainer {
  std::string id;
  monitor::Session session;
  std::vector<std::string> warnings;
};

struct CreateOptions {
  std::string name;                                   // "" picks one
  std::string cidfile;                                // written when the container exists
  std::string image_reference;                        // what `ps` shows for the image; "": the config's
  bool attached = false;                              // run: its caller stays with it
  std::function<void(const runtime::Plan&)> explain;  // --explain: called before the Plan is executed
};

// What exec's command gets beside what the container's own has.
struct ExecOptions {
  std::vector<std::string> args, env;
  std::string user, working_dir;  // "": the container's
  bool tty = false, open_stdin = false, privileged = false;
  uint16_t rows = 0, columns = 0;
  std::string own_cgroup;   // of this name below the container's: all that the command started ends with it; "": none
  Nanoseconds timeout = 0;  // after which it is killed; 0: never
  int lock_fd = -1;         // borrowed: its monitor holds this flock too, to its own end
  std::function<void(const runtime::Plan&)> explain;
};

struct StopOptions {
  std::optional<int> timeout;  // seconds until SIGKILL; nullopt: the container's own, else 10; -1: never
  std::optional<int> signal;   // nullopt: its stop signal
  // Called once where it has not ended after a second and SIGKILL is not due yet: why that may be, and what comes next.
  std::function<void(const std::string&)> notice;
};

// What became of the conversation with a container whose monitor went away: at most one is there.
struct Reconnected {
  std::optional<monitor::Session> session;  // its guard has taken over
  std::optional<monitor::ExitRecord> exit;  // it has ended
};

// What has become of one layer of an image that is pulled.
struct PullStep {
  enum class State { queued, present, downloading, downloaded, extracting, complete };
  size_t layer = 0;  // bottom first
  std::string id;    // the beginning of its digest
  State state = State::queued;
  uint64_t done = 0, total = 0;  // bytes, of downloading and extracting
};

// What has become of one layer of an image that is pushed.
struct PushStep {
  enum class State { preparing, waiting, pushing, pushed, present, mounted };
  size_t layer = 0;  // top first, as docker has them
  std::string id;    // the beginning of its diffID
  State state = State::preparing;
  std::string from;              // mounted: the repository
  uint64_t done = 0, total = 0;  // bytes of its tar, of pushing
};

struct Removed {
  std::string id;
  uint64_t freed = 0;  // bytes
};

// "systemd" or "cgroupfs": who makes the cgroups of this host's containers.
const char* cgroup_driver();

class Engine {
 public:
  explicit Engine(Location location);
  store::Store& store() { return store_; }
  // Which images may get names here, and be run: trust.h. All, as long as nothing is said.
  void use_trust(TrustPolicy policy) { trust_ = std::move(policy); }
  const TrustPolicy& trust() const { return trust_; }

  // --- images ---
  struct ImportOptions {
    std::string path;                      // file, or "-" for standard input
    std::optional<std::string> reference;  // as typed; nullopt: derived from the file's name (unless no_name)
    bool no_name = false;
    std::vector<std::string> changes;
    std::string message;
    std::string platform;                 // "", "linux/arm64", …
    std::vector<std::string> signatures;  // files of signatures that it comes with
    store::Progress progress;
  };
  struct Imported {
    store::ImportResult result;
    std::string reference;  // familiar, "" without a name
  };
  Imported import(const ImportOptions& options);
  struct LoadOptions {
    std::string path;                     // an archive or a directory, or "-" for standard input
    std::string platform;                 // "", "linux/arm64", …
    std::vector<std::string> signatures;  // files of signatures that they come with
    store::Progress spooling;             // see store::LoadRequest
    store::LayerProgress layer_progress;
    std::function<void(const store::LoadedImage&)> loaded;  // called as each image is there
  };
  void load_images(const LoadOptions& options);
  struct Pulled {
    oci::Digest digest;  // what the name stands for at the registry
    bool newer = false;  // the name was not this image's before
    std::string familiar, canonical;
  };
  struct PullOptions {
    std::string reference;  // as typed
    std::string platform;   // "", "linux/arm64", …
    RegistrySettings registry;
    bool keep_blobs = false;  // the compressed layers stay beside their tars
    // Each may be empty. `begun`: it is there, under this tag or digest, and what is missing is about to come.
    std::function<void(const std::string& repository, const std::string& tag)> begun;
    std::function<void(const PullStep&)> step;
    std::function<void(const Pulled&)> pulled;
  };
  // An image of a registry, by its name there. It is here as a whole or not at all. Throws not_found, permission,
  // corrupt, with what the registry says.
  Pulled pull_image(const PullOptions& options);
  // All that a repository has, each under its tag: a tag in the name does not count. Ends with the first that cannot be
  // had; those before it stay. Returns whether any of them is newer.
  bool pull_all_tags(const PullOptions& options);
  // Throws permission where the policy does not want the image to have that name.
  void tag_image(std::string_view name_or_id, const oci::Reference& reference);
  struct PushedTag {
    std::string tag;
    oci::Digest digest;  // of the manifest
    uint64_t size = 0;   // of the manifest
  };
  struct PushOptions {
    std::string reference;       // as typed
    bool all_tags = false;       // of its repository
    bool docker_format = false;  // a manifest of docker's, not OCI's
    std::string platform;        // what the image must be for; "": anything
    RegistrySettings registry;
    // Each may be empty. `begun`: with the repository's canonical name, before anything is looked for.
    std::function<void(const std::string& repository)> begun;
    std::function<void(const PushStep&)> step;
    std::function<void(const PushedTag&)> pushed;
  };
  // Images under their names at a registry. A manifest is there once all that it names is. Throws not_found in docker's
  // words for a name that is not here, permission in the registry's, as pull_image() else.
  void push_images(const PushOptions& options);
  // By docker's rules: a name without a tag is all tags of it, an ID is an image without a name. Throws not_found, in
  // docker's words, before anything is written.
  void save_images(const std::vector<std::string>& names, int fd, const store::Progress& progress = {});

  // --- containers ---
  // Files and row made, nothing started. Throws not_found for an unknown image: docker's text with near names.
  std::string create(ContainerConfig config, const CreateOptions& options, std::vector<std::string>& warnings);
  struct CloneOptions {
    std::string name;        // "": the source's with "-clone" and, where that is taken, a number
    std::string image;       // "": the source's
    ContainerUpdate change;  // limits that are to be others
    bool destroy = false;    // removes the source, where
    bool force = false;      // it may be running
  };
  // A new container made as another was: its files, logs and anonymous volumes are its own. Returns its ID.
  std::string clone(std::string_view name_or_id, const CloneOptions& options, std::vector<std::string>& warnings);
  // create + start in one go; what `run` calls. On a failed start of a container without --rm the row stays
  // ("Created", exit code kept), as docker's does; with --rm nothing stays. Throws monitor::StartFailure.
  RunningContainer run(ContainerConfig config, const CreateOptions& options);
  RunningContainer start(std::string_view name_or_id);
  // By its restart policy, once its monitor has waited: `boot` with the machine. Does nothing where it is not wanted
  // any more.
  void restart_by_policy(const std::string& id);
  // After the host came up: starts what its policy wants to run, and tells what could not be started.
  std::vector<std::string> boot();
  // To a running container. Throws conflict in docker's words for one that does not run.
  RunningContainer attach(std::string_view name_or_id);
  Reconnected reconnect(const std::string& id);
  // A further process; its session ends with it. Throws conflict: "container ID is not running", StartFailure.
  monitor::Session execute(std::string_view name_or_id, const ExecOptions& options);

  // Runs its health check once, and does what follows from the result. nullopt where there is none: the container has
  // ended or was paused meanwhile, or another check is under way and its end is not to be waited for. Throws conflict
  // for one that has no check, does not run or is paused.
  std::optional<Health> probe(std::string_view name_or_id, bool wait_for_turn);

  std::vector<ContainerView> list();  // newest first
  // Those that are up or about to be again, as `ps` shows them. What does not run costs next to nothing.
  std::vector<ContainerView> list_up();
  ContainerView load(std::string_view name_or_id);
  ProtectedPaths protected_paths(const ContainerConfig& config) const;  // of a run on this host
  int restart_count(const ContainerView& view) const;    // by its restart policy, since somebody started it
  void signal(std::string_view name_or_id, int signal);  // throws conflict: "Container ID is not running"
  void stop(std::string_view name_or_id, const StopOptions& options);  // stopped already: nothing
  // stop (if it is up) and start; one that was started with --rm is not removed in between.
  RunningContainer restart(std::string_view name_or_id, const StopOptions& options);
  // The host's numbers of all its processes, ascending. Throws conflict: "Container ID is not running".
  std::vector<pid_t> processes(std::string_view name_or_id);
  // Changes its limits, in the kernel and then in its row, both or none, and its restart policy. Returns warnings.
  std::vector<std::string> update(std::string_view name_or_id, const ContainerUpdate& change);
  // Another network for it (by name or ID), and one less: at once where it is up, and for its later starts. Throw
  // not_found, and conflict in docker's words. `force`: of a network that is gone.
  void connect(const std::string& network, const std::string& name_or_id, const NetworkOption& option);
  void disconnect(const std::string& network, const std::string& name_or_id, bool force);
  // All zeros for one that is not up. Throws not_found where it ends meanwhile.
  ContainerUsage usage(const ContainerView& view);
  // Lines that say what ended it or kept it from starting, and what to do.
  std::vector<std::string> why(std::string_view name_or_id);
  // Every process of the container stops where it is, and goes on. Throw conflict, in docker's words, for one that is
  // not running, or paused already, or not paused.
  void pause(std::string_view name_or_id);
  void unpause(std::string_view name_or_id);
  int wait(std::string_view name_or_id);  // exit code; blocks
  Removed remove(std::string_view name_or_id, bool force, bool with_volumes);
  // What is left to do for an ephemeral container whose command ended (row, files, anonymous volumes); idempotent.
  void cleanup(const std::string& id);
  // Throws unsupported for a container that keeps none.
  monitor::LogReader open_log(const ContainerView& container) const;
  // What --log-opt adds to each line, as `logs --details` shows it; "" for nothing.
  std::string log_details(const ContainerView& container) const;
  std::string log_path(const ContainerView& container) const;  // of a json-file log, else ""

  // Throws as the store does.
  void rename(std::string_view name_or_id, const std::string& name);
  store::EventReader open_events() const;
  // For the log of events, what only the caller knows: "attach", "detach", "resize", "kill". A container that is gone
  // has none.
  void record_event(const std::string& id, const std::string& action,
                    const std::map<std::string, std::string>& attributes = {});

  // --- a container's files ---
  struct Change {
    char kind;  // 'A', 'C', 'D'
    std::string path;
  };
  std::vector<Change> diff(std::string_view name_or_id);   // by path
  void export_files(std::string_view name_or_id, int fd);  // a tar of its root, without what is mounted on it
  struct CopyOptions {
    bool archive = false;      // owners as they are, else root's in the container and the caller's on the host
    bool follow_link = false;  // where the source is a link: what it leads to
  };
  // Host paths are absolute, with their trailing "/" or "/."; "-" is a tar on standard input or output. Return the
  // bytes of tar that went over.
  uint64_t copy_in(std::string_view name_or_id, const std::string& from, const std::string& to,
                   const CopyOptions& options);
  uint64_t copy_out(std::string_view name_or_id, const std::string& from, const std::string& to,
                    const CopyOptions& options);
  // Its root file system where the host sees it, until unmount() or remove(): below RUN/mounts. Returns the path; one
  // that is mounted already keeps it. Throws permission where we are not root.
  std::string mount(std::string_view name_or_id);
  // Throws conflict for one that is not mounted, in_use where a process is in it, unless `force`.
  void unmount(std::string_view name_or_id, bool force);
  std::string find_mount(const std::string& id) const;  // its path, "" where it is not mounted
  struct CommitOptions {
    std::optional<std::string> reference;
    std::string author, message;
    std::vector<std::string> changes;  // Dockerfile instructions, as for import
    bool pause = true;                 // while its files are read
  };
  oci::ImageId commit(std::string_view name_or_id, const CommitOptions& options);

  // --- images ---
  // The store's remove_image(), which also refuses those that containers have mounted.
  std::vector<std::string> remove_image(std::string_view name_or_id, bool force, bool prune_parents);

  // --- volumes ---
  // "" for a name makes an anonymous one; one that is there stays as it is. `options`: volume_options.h. -> the name
  std::string create_volume(const std::string& name, const std::map<std::string, std::string>& labels,
                            const std::map<std::string, std::string>& options);
  std::map<std::string, std::string> volume_options(const store::VolumeRow& volume) const;
  // Throws in_use, with the containers that have it, or where a process is in it; missing is fine.
  void remove_volume(const std::string& name);
  // All in it as a tar to `fd` (borrowed). Throws not_found.
  void export_volume(const std::string& name, int fd);
  // A tar, plain or compressed, into it (borrowed): into an empty one as a whole or not at all.
  void import_volume(const std::string& name, int fd);

  // --- upkeep ---
  std::vector<store::Problem> check(
      const store::CheckOptions& options);  // the store's, and leftover cgroups, run directories, processes
  struct PruneOptions {
    bool containers = false, images = false, volumes = false;                      // the kinds to look at
    bool named_images = false, named_volumes = false;                              // those with a name (a tag) too
    std::optional<Nanoseconds> until;                                              // only what was created before
    std::function<bool(const std::map<std::string, std::string>& labels)> wanted;  // empty: all
  };
  struct Prunable {
    std::vector<ContainerView> containers;
    std::vector<store::ImageRow> images;  // unused once those containers are gone
    std::vector<store::VolumeRow> volumes;
  };
  Prunable list_prunable(const PruneOptions& options);
  struct Pruned {
    std::vector<std::string> containers, images, volumes;  // images: remove_image()'s lines
    uint64_t freed = 0;
  };
  // Removes what is in `listed` and still unused; nothing else.
  Pruned prune(const PruneOptions& options, const Prunable& listed);
  uint64_t sweep();  // garbage: of the store (-> bytes freed); cgroups and mounts of no container
  // See Store. Throws in_use, with their names, where containers run or their files are mounted.
  store::MigrationPlan plan_migration(const std::string& driver);
  std::vector<std::string> migrate(const std::string& driver, const store::Progress& progress);  // -> warnings
  // All containers (running ones are killed), images and volumes, and then the store itself: ROOT and RUN are empty
  // directories. Killed in between, it leaves a store that can be opened, and reset again. Ends this object's use.
  Pruned reset();

 private:
  // The volumes that rm -v and --rm take along; missing ones are fine. Of a --rm container that nobody shares them with
  // the store has removed them already, in one step with its row.
  void discard_anonymous_volumes(const ContainerConfig& config);
  ContainerView view_of(store::ContainerRow row);
  bool await_restart(const std::string& id, Nanoseconds delay);
  std::optional<ProbeResult> run_probe(const ContainerView& view, const oci::HealthCheck& check, int container,
                                       const Fd& turn);
  void health_changed(const ContainerView& view, const Health& health, int container);
  RunningContainer start_again(const store::ContainerRow& row, Fd lock);
  void kill_and_wait(const ContainerView& view);
  // The running container's cgroup and the row; what the kernel was told is taken back where the row cannot be written.
  void apply_update(const std::string& id, const ContainerUpdate& change, const ContainerConfig& after);
  bool connect_live(const ContainerView& view, const NetworkView& network, const NetworkOption& option,
                    const ContainerConfig& config);
  bool is_frozen(const std::string& id);
  void ensure_thawed(const std::string& id);
  const linux::CgroupLayout& cgroup_layout();  // of this host, read when first asked for
  // Garbage that only the engine can tell: --rm containers whose monitor was killed, cgroups that nobody lives in.
  void sweep_leftovers(const std::vector<ContainerView>& containers);
  void sweep_mounts();

  store::Store store_;
  TrustPolicy trust_;
  std::optional<linux::CgroupLayout> cgroup_layout_;
};

}  // namespace minidock::engine
