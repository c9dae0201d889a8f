// The store: content-addressed blobs, layers, images and container records on one machine.
//
//   ROOT/minidock.db               durable rows: images, layers, tags, containers, volumes (schema.sql)
//   ROOT/blobs/sha256/<diffID>     the layer's uncompressed tar, as handed in
//   ROOT/layers/<diffID>/diff      the tar unpacked (overlay driver); layers/<diffID>/layer.json: its index
//   ROOT/layers/<diffID>/tree      what is in the tar, and where (erofs driver); images/<chainID>.erofs: layers merged
//   ROOT/layers/<diffID>/compressed    as what a registry sent it, where the configuration wants that (kept_blobs.h)
//   ROOT/containers/<id>/          upper, work, hosts, hostname, resolv.conf, config.json, exit, log
//   ROOT/volumes/<name>/_data      options.json beside it: what is to be mounted there
//   ROOT/signatures/<imageID>/     what others say of an image, signed (signatures.h)
//   ROOT/tmp/                      leases: whatever is being made, named by a file that its maker keeps locked
//   ROOT/cache/                    can be deleted at any time
//   RUN/minidock.db                volatile rows: names in use, --rm containers; discarded when the boot id differs
//   RUN/containers/<id>/           lock, state, attach socket: written by the monitor
//
// Row law: creating writes files, then the row; deleting drops the row, then the files. A file without a row or
// a live lease is garbage. What a crash leaves and who cleans it: store/README.md.
// Thread safety: none. Never fork with an open Store and use it on both sides.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/time.h"
#include "oci/digest.h"
#include "oci/event.h"
#include "oci/image_config.h"
#include "oci/image_manifest.h"
#include "oci/image_signature.h"
#include "oci/platform.h"
#include "oci/reference.h"

namespace minidock::store {

struct IndexEntry;  // archive/layer_index.h
class Rooms;        // state.h

struct Location {
  std::string root;      // absolute
  std::string run_root;  // absolute
  std::string driver;    // "overlay" or "erofs": what the store is or shall be made with; "": what it is, or what works
};

struct LayerRow {
  oci::DiffId diff_id;
  uint64_t blob_size = 0;     // bytes of the tar
  uint64_t content_size = 0;  // bytes of regular files
  uint64_t entries = 0;
  uint64_t kept_bytes = 0;  // of list_layers() alone: of its compressed blob, where that was kept; else 0
};

struct ImageRow {
  oci::ImageId id;
  std::string config_json;           // the exact bytes whose SHA-256 is id
  Nanoseconds stored = 0;            // when this store took it in
  uint64_t size = 0;                 // content bytes of its layers
  std::vector<oci::DiffId> layers;   // bottom first
  std::vector<std::string> tags;     // canonical references, sorted
  std::vector<std::string> digests;  // NAME@sha256:…, canonical, sorted: by which registries have it
};

struct ContainerRow {
  std::string id;  // 64 hex digits
  std::string name;
  oci::ImageId image;
  std::string image_reference;  // as the user typed it
  Nanoseconds created = 0;
  bool ephemeral = false;   // --rm: the row lives in RUN
  std::string config_json;  // engine::ContainerConfig
};

struct VolumeRow {
  std::string name;
  bool anonymous = false;
  Nanoseconds created = 0;
  std::string labels_json = "{}";
  std::string options_json;  // what is to be mounted there: engine's; "": the volume is a directory of the store
};

struct NetworkRow {
  std::string id;  // 64 hex digits
  std::string name;
  Nanoseconds created = 0;
  std::string config_json;  // engine's: networks.h
};

// Told about bytes taken in; `total` is 0 where unknown (a pipe).
using Progress = std::function<void(uint64_t done, uint64_t total)>;
// The same of one layer of several; as it lies in the archive, compressed or not.
using LayerProgress = std::function<void(const oci::DiffId& layer, uint64_t done, uint64_t total)>;

struct ImportRequest {
  int fd = -1;              // borrowed: the archive, read to its end
  std::string source_name;  // for messages: "ubuntu.tar", "standard input"
  std::optional<oci::Reference> reference;
  // Filled in by the store: created and architecture where they are empty, diff_ids; history gets an entry.
  oci::ImageConfig config;
  std::string message;     // history comment; "" without parents: "Imported from -"
  std::string created_by;  // of the history's entry
  std::vector<oci::DiffId>
      parents;  // layers of this store that the archive's lies on, bottom first: its whiteouts count
  Progress progress;
  std::function<void()> when_read;                    // the archive has been read, nothing is published yet: may throw
  std::function<void(const oci::ImageId& id)> admit;  // it would be this image, nothing is published yet: may throw
};

struct ImportResult {
  oci::ImageId id;
  bool existed = false;               // the same image was here already
  bool tagged = false;                // the tag was new or moved
  std::vector<std::string> warnings;  // "archive ends without end-of-archive blocks", …
};

// One image that a load has taken in.
struct LoadedImage {
  oci::ImageId id;
  bool existed = false;  // the same image was here already
  std::vector<oci::Reference> references;
  bool renamed = false;                                        // a name of it is new, or was another image's
  std::vector<std::pair<oci::Reference, oci::ImageId>> moved;  // names that were another image's, which has lost them
  std::vector<std::string> warnings;
};

struct LoadRequest {
  int fd = -1;  // borrowed: an archive of images, a pipe, or a directory that is an OCI image layout
  std::optional<oci::Platform> platform;  // nullopt: this host's, where there is a choice
  Progress spooling;             // of a stream, or a compressed archive: all of it is read before its layers are known
  LayerProgress layer_progress;  // of those that are not here yet; ends with all of its bytes
  std::vector<oci::ImageSignature> signatures;  // beside those in the archive; each is of an image there, or invalid
  // Called for each of its images before anything is stored: may throw.
  std::function<void(const oci::ImageId& id, const std::vector<oci::Reference>& references,
                     const std::vector<oci::ImageSignature>& signatures)>
      admit;
  std::function<void(const LoadedImage&)> loaded;  // called as each becomes an image of the store
};

// By which digest a repository has an image: of its manifest, or of the index that this is in.
struct RepositoryDigest {
  std::string repository;  // canonical: "docker.io/library/ubuntu"
  oci::Digest digest;
};

// As what a repository has a layer: its tar, compressed or not.
struct RegistryLayer {
  std::string repository;  // canonical
  oci::Descriptor blob;    // media type, digest and size
};

// A layer as a registry has sent it, compression and all, where that was kept (kept_blobs.h).
struct KeptBlob {
  oci::Descriptor blob;  // media type, digest and size
  Fd file;
};

// What has come to be at a registry.
struct PushRecord {
  oci::Reference reference;
  oci::Digest manifest;
  oci::ImageId image;
  std::vector<std::pair<oci::DiffId, RegistryLayer>> layers;
};

// An image whose config is known, and whose layers come when they are asked for.
struct PullRequest {
  oci::Reference reference;  // by which it was asked for: with a digest it gets no tag
  oci::Digest manifest;      // what that name stands for in its repository
  std::string config_json;
  std::vector<oci::Descriptor> layers;   // as they come, compression and all; bottom first
  std::function<Fd(size_t layer)> open;  // a regular file that holds it
  // The compressed ones stay beside their tars: those files are below ROOT, have no name (O_TMPFILE), and nobody writes
  // to them any more.
  bool keep_blobs = false;
  // What may be watched; each may be empty. `missing` comes first, with those that will be asked for, in their order.
  std::function<void(const std::vector<size_t>& layers)> missing;
  std::function<void(size_t layer, uint64_t done, uint64_t total)> progress;
  std::function<void(size_t layer)> taken;
};

// One image of a save, and the names that it has in the archive.
struct SavedImage {
  oci::ImageId id;
  std::vector<oci::Reference> references;
};

struct Problem {     // one finding of check()
  std::string kind;  // "orphan row", "orphan file", "damaged blob", "leftover cgroup", …
  std::string object;
  std::string detail;
  bool garbage = false;   // harmless, and gone after the next command
  bool repaired = false;  // it was so, and is not any more
};

struct CheckOptions {
  bool deep = false;    // read every byte
  bool repair = false;  // make again what can be made of the layers' tars
};

struct MigrationPlan {
  std::string from, to;  // drivers
  bool needed = false;
  uint64_t layers = 0, bytes = 0;  // of their tars
};

class Store {
 public:
  // Creates what is missing; discards RUN's rows of another boot; does the work of dead makers' leases (constant time
  // when there are none). Throws unsupported where ROOT lies on overlayfs or a network file system, invalid where a
  // directory holds other things and no store.
  static Store open(const Location& location);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  const Location& location() const;
  const std::string& id() const;  // 16 hex digits: tells stores apart

  // --- images ---------------------------------------------------------------------------------------
  ImportResult import(const ImportRequest& request);
  // The images of an archive, in its order (load/load.cc). Nothing is stored unless all of its texts are right; an
  // image whose layers are not is not, and those before it are. Throws corrupt, invalid, exhausted, unsupported.
  void load(const LoadRequest& request);
  // An image from elsewhere, as a whole or not at all (load/pull.cc). Throws as load() does, and what `open` throws.
  LoadedImage pull(const PullRequest& request);
  // The images as one tar that is both a docker-archive and an OCI image layout, to `fd` (borrowed): the same bytes for
  // the same images (save.cc). Throws not_found for one that is not there, corrupt for a layer that is damaged.
  void save(const std::vector<SavedImage>& images, int fd, const Progress& progress = {});
  // For what sends layers to registries. As what they are known to have one, sorted (layer_forms.h); as what it came,
  // where that was kept; its tar, to be read; and what is there after a push. Throws not_found for a layer that is not
  // here.
  std::vector<RegistryLayer> list_layer_forms(const oci::DiffId& layer);
  std::optional<KeptBlob> find_kept_blob(const oci::DiffId& layer);
  Fd open_layer_tar(const oci::DiffId& layer);
  void record_push(const PushRecord& push);
  // What a layer holds, entry for entry, by its index. Throws not_found for one that is not there, corrupt.
  void read_layer(const oci::DiffId& layer, const std::function<void(const IndexEntry&)>& visit);
  std::vector<ImageRow> list_images();
  // Those that have a tag or a digest of a repository, by its canonical name. What others there are costs nothing.
  std::vector<ImageRow> list_images_of(const std::string& repository);
  std::optional<ImageRow> find_image(
      std::string_view name_or_id);                  // reference, full ID, unique prefix; throws invalid if ambiguous
  ImageRow load_image(std::string_view name_or_id);  // throws not_found with near names: "No such image: X"
  std::vector<LayerRow> list_layers();
  void tag_image(const oci::ImageId& id, const oci::Reference& reference);  // moves the tag if it exists
  // Removes a tag, with the last one the image; or by ID the image with its tags. Deletes layers no image needs. Throws
  // in_use, with docker's texts, for an image of several tags named by ID and for one that a container uses. `force`
  // overrides these but for a running container; the image of a stopped one then loses its tags only.
  // Returns docker's lines in order: "Untagged: ubuntu:latest", "Deleted: sha256:…".
  std::vector<std::string> remove_image(std::string_view name_or_id, bool force, bool prune_parents = true);
  // Absolute directories that show an image's layers, topmost first: overlay lowers. Of the overlay driver one for each
  // layer, of the erofs driver one for all, and something is to be seen there after open_layers() only.
  std::vector<std::string> layer_directories(const ImageRow& image);
  // The same, ready for use in this mount namespace. The image must stay: a container's row keeps it.
  std::vector<std::string> open_layers(const ImageRow& image);
  std::string driver_name() const;    // "overlay" or "erofs"
  std::string driver_reason() const;  // a line: why it is this one
  // What is kept of them: signatures.h. Nobody has verified it. add: throws not_found, exhausted, invalid.
  std::vector<oci::ImageSignature> signatures(const oci::ImageId& image) const;
  void add_signatures(const oci::ImageId& image, const std::vector<oci::ImageSignature>& signatures);

  // --- containers -----------------------------------------------------------------------------------
  // Reserves `name` ("" picks a free adjective_surname), makes ROOT/containers/<id> with upper and work under a
  // lease, and returns it; nothing is visible until commit_container(). Throws conflict with docker's text.
  class NewContainer {
   public:
    NewContainer(NewContainer&&) noexcept;
    NewContainer& operator=(NewContainer&&) noexcept;
    ~NewContainer();  // not released: removes name, rows and files
    const std::string& id() const;
    const std::string& name() const;
    const std::string& directory() const;      // ROOT/containers/<id>
    const std::string& run_directory() const;  // RUN/containers/<id>
    int lock_fd() const;                       // flock held; hand a duplicate to the monitor
    void commit(const ContainerRow& row);      // writes the row; the lease stays, so a crash from here is still swept
    void release();                            // drops the lease: from here on the container lives by its row and lock
   private:
    friend class Store;
    struct State;
    explicit NewContainer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
  };
  NewContainer create_container(const std::string& name, bool ephemeral);
  std::vector<ContainerRow> list_containers();
  // Those that may be up; what is not costs nothing. The marks behind it: live_marks.h.
  std::vector<ContainerRow> list_live_containers();
  void mark_live(const std::string& id);                                    // under its lock, before a run begins
  void unmark_if_stopped(const std::string& id);                            // no-op while somebody holds its lock
  std::optional<ContainerRow> find_container(std::string_view name_or_id);  // name, "/name", ID, unique prefix
  ContainerRow load_container(std::string_view name_or_id);                 // throws not_found: "No such container: X"
  std::string container_directory(const std::string& id) const;
  std::string run_directory(const std::string& id) const;
  void rename_container(const std::string& id, const std::string& name);
  void change_container(const std::string& id, const std::string& config_json);  // throws not_found
  // Takes the container's lock for a state change; nullopt when the monitor (or another command) holds it. Throws
  // not_found for a container that is (by now) gone.
  std::optional<Fd> try_lock_container(const std::string& id);
  void remove_container(const std::string& id);  // rows, name, files, run directory, owned volumes; idempotent

  // --- volumes --------------------------------------------------------------------------------------
  std::string ensure_volume(const std::string& name, bool anonymous);  // -> ROOT/volumes/<name>/_data
  // "" for a name makes an anonymous one. One that is there stays as it is. Returns the name.
  std::string create_volume(const std::string& name, const std::string& labels_json,
                            const std::string& options_json = "");
  // -> name: 64 hex digits. Made for a container in the making, whose ID is given here, it goes away with that one:
  // by a crash or failure before its commit(), or with a `run --rm` container at its removal. The commit() of a durable
  // container lets it go: from then on it stays until it is removed by name.
  std::string create_anonymous_volume(const std::string& container_id = {});
  std::string volume_directory(const std::string& name) const;
  std::string volume_home(const std::string& name) const;  // the directory's parent: volume_filling.h
  std::vector<VolumeRow> list_volumes();
  std::string volume_options(const std::string& name) const;  // as in the row; "" too for one that is not there
  // One that was to go away with its container no longer does: another uses it too. Throws not_found.
  void keep_volume(const std::string& name);
  void remove_volume(const std::string& name);  // row, then files; missing is fine

  // --- networks: changed by networks.h, their addresses by network_leases.h ----------------------------
  std::vector<NetworkRow> list_networks();  // by name
  std::optional<NetworkRow> find_network(const std::string& name);

  // --- events: event_log.h --------------------------------------------------------------------------
  // What the store itself does to images and volumes is recorded by it. Never fails.
  void record_event(const oci::Event& event) const noexcept;
  std::string event_log_path() const;

  // --- upkeep ---------------------------------------------------------------------------------------
  // Proves the rules I1..I4 of README.md; deep: that every layer and every image's file is what the tars give. Changes
  // nothing unless it is to repair, but leaves a mark if it finds garbage: the next open() sweeps.
  std::vector<Problem> check(const CheckOptions& options);
  // What migrate() would do; `driver`: "" for the other one. Throws invalid, unsupported where it does not work here.
  MigrationPlan plan_migration(const std::string& driver);
  // Gives the store the other driver (migrate.cc): as a whole or not at all. No container may run, or its files be in
  // use: throws in_use. Returns warnings.
  std::vector<std::string> migrate(const std::string& driver, const Progress& progress);
  // Removes all garbage that check() would list; returns bytes freed.
  uint64_t sweep();
  uint64_t disk_usage();  // bytes below ROOT
  // Takes away the store's own files and directories below ROOT and RUN, once it holds no container, image or volume.
  // Throws in_use where something has come meanwhile. Nothing may be asked of this object afterwards.
  void erase();

  // A container whose monitor and guard were killed goes on without anybody who holds its lock. Who can tell says so
  // here, by its ID; leases ask for that.
  void use_survivors(std::function<bool(const std::string& container)> survives);

  Rooms& rooms();  // for the store's own parts that have headers of their own

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace minidock::store
